import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { UserEntity } from '../user/user.entity.ts';
import { LoginAttempts } from './login-attempts.ts';
import { PasswordHasher } from './password-hasher.ts';
import { SerialByKey } from './serial-by-key.ts';

/** Log-in attempts that may wait for the same user; more are turned away, since each holds a request. */
const WAITING_MAX = 64;

/** Checks a user's password (authmethod `pass`). An unknown user costs and answers the same as a wrong password. */
@Injectable()
export class PasswordAuthentication {
  private readonly queue = new SerialByKey();
  private readonly waiting = new Map<string, number>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly attempts: LoginAttempts,
    private readonly hasher: PasswordHasher,
  ) {}

  /** @returns the user, or undefined where login and password do not belong together */
  async check(login: string, password: string, ip: string): Promise<UserEntity | undefined> {
    const subject = `user:${login.toLowerCase()}`;
    const waiting = this.waiting.get(subject) ?? 0;
    if (waiting >= WAITING_MAX) throw new CodedError('too-many-requests', 'too many log-ins of this user at once');
    this.waiting.set(subject, waiting + 1);
    try {
      // One at a time for each user: right passwords sent at once must not use up the tries that they reserve.
      return await this.queue.run(subject, () => this.attempt(subject, `address:${ip}`, login, password));
    } finally {
      const left = (this.waiting.get(subject) ?? 1) - 1;
      if (left === 0) this.waiting.delete(subject);
      else this.waiting.set(subject, left);
    }
  }

  private async attempt(
    subject: string,
    address: string,
    login: string,
    password: string,
  ): Promise<UserEntity | undefined> {
    await this.attempts.requireUnlocked(address);
    await this.attempts.reserve(subject);
    const user = await this.withPasswordHash(login);
    const right = await this.hasher.verify(user?.passwordHash ?? undefined, password);
    if (!right || user === null || user.disabled || user.authprovider !== 'db') {
      await this.attempts.failed(address);
      return undefined;
    }
    await this.attempts.succeeded(subject);
    return user;
  }

  private async withPasswordHash(login: string): Promise<UserEntity | null> {
    return this.dataSource
      .getRepository(UserEntity)
      .createQueryBuilder('u')
      .addSelect('u.passwordHash')
      .where('lower(u.userid) = lower(:login) OR lower(u.ident) = lower(:login)', { login })
      .orderBy('lower(u.userid) = lower(:login)', 'DESC')
      .limit(1)
      .getOne();
  }
}
