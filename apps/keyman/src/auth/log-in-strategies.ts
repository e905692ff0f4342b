import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';
import passport from 'passport';
import { Strategy as LocalStrategy, type IStrategyOptionsWithRequest } from 'passport-local';
import type { UserEntity } from '../user/user.entity.ts';
import { PasswordAuthentication, type Credentials } from './password-authentication.ts';

type Verdict = (error: unknown, user?: UserEntity | false | null) => void;

/** Passport's strategies by the contract's `authmethod`; one that is not configured is K0017. */
@Injectable()
export class LogInStrategies {
  private readonly authenticator = new passport.Passport();
  private readonly configured = new Set<string>();

  constructor(passwords: PasswordAuthentication) {
    const fields: IStrategyOptionsWithRequest = {
      usernameField: 'login',
      passwordField: 'pass',
      session: false,
      passReqToCallback: true,
    };
    this.configure(
      'pass',
      new LocalStrategy(fields, (request, login, password, done) => {
        const { orgaid } = request.body as { orgaid?: string };
        passwords.check({ login, pass: password, orgaid, ip: request.ip ?? '' }).then((user) => {
          done(null, user ?? false);
        }, done);
      }),
    );
  }

  /** @throws CodedError `not-supported` */
  requireConfigured(method: string): void {
    if (!this.configured.has(method))
      throw new CodedError('not-supported', `the authentication method ${method} is not configured`);
  }

  /** @throws CodedError `not-authenticated` (never says which half was wrong), `too-many-requests` */
  async authenticate(method: string, credentials: Credentials): Promise<UserEntity> {
    const { ip, ...body } = credentials;
    const user = await new Promise<UserEntity | false | null | undefined>((resolve, reject) => {
      const verdict: Verdict = (error, found) => {
        if (error instanceof Error) reject(error);
        else resolve(found);
      };
      const middleware = this.authenticator.authenticate(method, { session: false }, verdict) as (
        request: unknown,
        response: unknown,
        next: (error?: unknown) => void,
      ) => void;
      middleware({ body, query: {}, headers: {}, ip }, {}, reject);
    });
    if (user === false || user === null || user === undefined)
      throw new CodedError('not-authenticated', 'wrong user or password');
    return user;
  }

  private configure(method: string, strategy: passport.Strategy): void {
    this.authenticator.use(method, strategy);
    this.configured.add(method);
  }
}
