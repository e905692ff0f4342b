import { CodedError, type Clock } from '@cinnabar/core';
import { authLogin, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK } from '../ports.ts';
import { UserEntity } from '../user/user.entity.ts';
import { toUserObject } from '../user/user-object.ts';
import { AccountLookup } from './account-lookup.ts';
import { LogInStrategies } from './log-in-strategies.ts';
import { SessionRepository } from './session.repository.ts';

/** Opens a session. Whatever is wrong with login, password or organisation, the answer is the same K0002. */
@Injectable()
@Handles(authLogin)
export class AuthLogin implements Operation<typeof authLogin> {
  constructor(
    private readonly accounts: AccountLookup,
    private readonly strategies: LogInStrategies,
    private readonly sessions: SessionRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(request: RequestOf<typeof authLogin>, context: OperationContext) {
    const { note, origin } = context;
    const { module, modver, authmethod, login, pass, orgaid } = request;
    Object.assign(note, { module, modver, actiondata: authmethod, oper: login, userid: login });
    this.strategies.requireConfigured(authmethod);
    if (login === undefined) throw new CodedError('insufficient-parameters', 'login');
    if (pass === undefined) throw new CodedError('insufficient-parameters', 'pass');
    // Before it is known who calls: an organisation's admins and auditors are to see failed log-ins of its users too.
    const named = await this.accounts.byLogin(login);
    if (named !== null) Object.assign(note, { oper: named.userid, userid: named.userid, orgaid: named.orgaid });
    const user = await this.strategies.authenticate(authmethod, { login, pass, orgaid, ip: origin.ip });
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
        module,
        modver: modver ?? null,
        origin: request.origin ?? null,
        deviceinfo: request.deviceinfo ?? null,
        ip: origin.ip,
      });
    });
    return { token, user: toUserObject(loggedIn) };
  }
}
