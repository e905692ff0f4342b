import { CodedError, type Clock } from '@cinnabar/core';
import { authLogin, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK } from '../ports.ts';
import { UserEntity } from '../user/user.entity.ts';
import { toUserObject } from '../user/user-object.ts';
import { LogInStrategies } from './log-in-strategies.ts';
import { SessionRepository } from './session.repository.ts';

/** Opens a session. Whatever is wrong with login, password or organisation, the answer is the same K0002. */
@Injectable()
@Handles(authLogin)
export class AuthLogin implements Operation<typeof authLogin> {
  constructor(
    private readonly strategies: LogInStrategies,
    private readonly sessions: SessionRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(request: RequestOf<typeof authLogin>, context: OperationContext) {
    const { note, origin } = context;
    Object.assign(note, {
      module: request.module,
      modver: request.modver,
      actiondata: request.authmethod,
      oper: request.login,
      userid: request.login,
    });
    if (request.login === undefined) throw new CodedError('insufficient-parameters', 'login');
    if (request.pass === undefined) throw new CodedError('insufficient-parameters', 'pass');
    const user = await this.strategies.authenticate(request.authmethod, {
      login: request.login,
      pass: request.pass,
      ip: origin.ip,
    });
    if (request.orgaid !== undefined && request.orgaid.toLowerCase() !== user.orgaid.toLowerCase()) {
      throw new CodedError('not-authenticated', 'wrong user or password');
    }
    Object.assign(note, { oper: user.userid, userid: user.userid, orgaid: user.orgaid });
    const loggedIn = Object.assign(new UserEntity(), user, {
      previousLoginAt: user.lastLoginAt,
      lastLoginAt: this.clock.now(),
      lastIp: origin.ip,
    });
    const token = await context.change(async (manager) => {
      const { previousLoginAt, lastLoginAt, lastIp } = loggedIn;
      await manager.update(UserEntity, { userid: user.userid }, { previousLoginAt, lastLoginAt, lastIp });
      return this.sessions.open(manager, {
        userid: user.userid,
        module: request.module,
        modver: request.modver ?? null,
        origin: request.origin ?? null,
        deviceinfo: request.deviceinfo ?? null,
        ip: origin.ip,
      });
    });
    return { token, user: toUserObject(loggedIn) };
  }
}
