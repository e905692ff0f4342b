import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';
import type { UserEntity } from '../user/user.entity.ts';
import { AccountLookup } from './account-lookup.ts';
import { LoginAttempts } from './login-attempts.ts';
import { PasswordHasher } from './password-hasher.ts';
import { SerialByKey } from './serial-by-key.ts';

/** Log-in attempts that may wait for the same user; more are turned away, since each holds a request. */
const WAITING_MAX = 64;

export interface Credentials {
  /** A userid or an ident. */
  readonly login: string;
  readonly pass: string;
  /** Where it is named, the user must belong to it. */
  readonly orgaid: string | undefined;
  readonly ip: string;
}

/** Checks a user's password (authmethod `pass`). An unknown user costs and answers the same as a wrong password. */
@Injectable()
export class PasswordAuthentication {
  private readonly queue = new SerialByKey();
  private readonly waiting = new Map<string, number>();

  constructor(
    private readonly accounts: AccountLookup,
    private readonly attempts: LoginAttempts,
    private readonly hasher: PasswordHasher,
  ) {}

  /** @returns the user, or undefined where login, password and organisation do not belong together */
  async check(credentials: Credentials): Promise<UserEntity | undefined> {
    const { login } = credentials;
    const named = await this.accounts.byLogin(login);
    // One count for each person: who guesses must not get as many tries again under the ident.
    const subject = `user:${(named?.userid ?? login).toLowerCase()}`;
    const waiting = this.waiting.get(subject) ?? 0;
    if (waiting >= WAITING_MAX) throw new CodedError('too-many-requests', 'too many log-ins of this user at once');
    this.waiting.set(subject, waiting + 1);
    try {
      // One at a time for each user: right passwords sent at once must not use up the tries that they reserve.
      return await this.queue.run(subject, () => this.attempt(subject, credentials));
    } finally {
      const left = (this.waiting.get(subject) ?? 1) - 1;
      if (left === 0) this.waiting.delete(subject);
      else this.waiting.set(subject, left);
    }
  }

  private async attempt(subject: string, { login, pass, orgaid, ip }: Credentials): Promise<UserEntity | undefined> {
    const address = `address:${ip}`;
    await this.attempts.requireUnlocked(address);
    await this.attempts.reserve(subject);
    // Read anew: the password may have been changed while this one waited.
    const user = await this.accounts.byLogin(login);
    const right = await this.hasher.verify(user?.passwordHash ?? undefined, pass);
    if (!right || user === null || !mayEnter(user, orgaid)) {
      await this.attempts.failed(address);
      return undefined;
    }
    await this.attempts.succeeded(subject);
    return user;
  }
}

function mayEnter(user: UserEntity, orgaid: string | undefined): boolean {
  const isMember = orgaid === undefined || orgaid.toLowerCase() === user.orgaid.toLowerCase();
  return isMember && !user.disabled && user.authprovider === 'db';
}
