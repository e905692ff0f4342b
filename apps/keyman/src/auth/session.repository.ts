import { randomBytes } from 'node:crypto';
import type { Clock } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { tokenHashOf } from '../pipeline/token-hash.ts';
import { CLOCK, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';

const TOKEN_BYTES = 32;

export interface NewSession {
  readonly userid: string;
  readonly module: string;
  readonly modver: string | null;
  readonly origin: string | null;
  readonly deviceinfo: string | null;
  readonly ip: string;
}

/** Sessions are stored by the SHA-256 of their token: a stolen database opens none. */
@Injectable()
export class SessionRepository {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  /** @returns the token: 256 random bits in base64 */
  async open(manager: EntityManager, session: NewSession): Promise<string> {
    const token = randomBytes(TOKEN_BYTES).toString('base64');
    const now = this.clock.now();
    const expiresAt = new Date(now.getTime() + this.settings.sessionMaxMs);
    await manager.query(
      `INSERT INTO login_session (token_hash, userid, module, modver, origin, deviceinfo, ip, created_at, last_used_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`,
      [
        tokenHashOf(token),
        session.userid,
        session.module,
        session.modver,
        session.origin,
        session.deviceinfo,
        session.ip,
        now,
        expiresAt,
      ],
    );
    return token;
  }

  async end(manager: EntityManager, tokenHash: Buffer): Promise<void> {
    await manager.query('DELETE FROM login_session WHERE token_hash = $1', [tokenHash]);
  }

  /** Ends a user's sessions, all of them or all but the one with this token. */
  async endAllOf(manager: EntityManager, userid: string, butTokenHash?: Buffer): Promise<void> {
    await manager.query('DELETE FROM login_session WHERE userid = $1 AND token_hash IS DISTINCT FROM $2', [
      userid,
      butTokenHash ?? null,
    ]);
  }

  /** Removes what no longer opens anything; called now and then. */
  async removeExpired(): Promise<void> {
    const now = this.clock.now();
    const idleSince = new Date(now.getTime() - this.settings.sessionIdleMs);
    await this.dataSource.query('DELETE FROM login_session WHERE expires_at <= $1 OR last_used_at <= $2', [
      now,
      idleSince,
    ]);
    await this.dataSource.query('DELETE FROM login_attempts WHERE last_failure_at <= $1', [
      new Date(now.getTime() - 24 * 60 * 60 * 1000),
    ]);
  }
}
