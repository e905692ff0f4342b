import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError, type Clock } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';

/** Failed log-ins, counted per user and per address in the database, so that every node counts the same. */
@Injectable()
export class LoginAttempts {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  /**
   * Takes a try before the password is looked at: guesses sent at once must not all be evaluated against the same count.
   * From the third failure on it answers later and later.
   *
   * @throws CodedError `too-many-requests` while the subject is locked
   */
  async reserve(subject: string): Promise<void> {
    const now = this.clock.now();
    const rows: { failures: number }[] = await this.dataSource.query(
      `INSERT INTO login_attempts AS a (subject, failures, last_failure_at) VALUES ($1, 1, $2)
       ON CONFLICT (subject) DO UPDATE SET
         failures = CASE WHEN a.last_failure_at < $3 THEN 1 ELSE a.failures + 1 END,
         last_failure_at = $2
       WHERE a.failures < $4 OR a.last_failure_at < $3
       RETURNING failures`,
      [subject, now, this.lockHorizon(now), this.settings.loginLockAfterFailures],
    );
    const taken = rows[0]?.failures;
    if (taken === undefined) throw locked();
    const before = taken - 1;
    if (before >= this.settings.loginSlowAfterFailures - 1) await sleep(this.delayMs(before));
  }

  /** A right password gives the tries back. */
  async succeeded(subject: string): Promise<void> {
    await this.dataSource.query('DELETE FROM login_attempts WHERE subject = $1', [subject]);
  }

  /** @throws CodedError `too-many-requests` while the subject is locked */
  async requireUnlocked(subject: string): Promise<void> {
    const rows: unknown[] = await this.dataSource.query(
      'SELECT 1 FROM login_attempts WHERE subject = $1 AND failures >= $2 AND last_failure_at >= $3',
      [subject, this.settings.loginLockAfterFailures, this.lockHorizon(this.clock.now())],
    );
    if (rows.length > 0) throw locked();
  }

  /** Counts a failure that took no try before: many people may log in from one address at once. */
  async failed(subject: string): Promise<void> {
    const now = this.clock.now();
    await this.dataSource.query(
      `INSERT INTO login_attempts AS a (subject, failures, last_failure_at) VALUES ($1, 1, $2)
       ON CONFLICT (subject) DO UPDATE SET failures = CASE WHEN a.last_failure_at < $3 THEN 1 ELSE a.failures + 1 END, last_failure_at = $2`,
      [subject, now, this.lockHorizon(now)],
    );
  }

  private lockHorizon(now: Date): Date {
    return new Date(now.getTime() - this.settings.loginLockMs);
  }

  /** 0.5 s, 1 s, 2 s, then 4 s. */
  private delayMs(failures: number): number {
    return Math.min(500 * 2 ** (failures - this.settings.loginSlowAfterFailures + 1), 4000);
  }
}

function locked(): CodedError {
  return new CodedError('too-many-requests', 'too many failed log-ins; try again later');
}
