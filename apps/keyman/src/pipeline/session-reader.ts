import { CodedError, type Clock } from '@cinnabar/core';
import type { PreparedQueries } from '@cinnabar/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { USER_STANDING } from '../key-store/release-guard.ts';
import { RecentlyRead } from '../memory/recently-read.ts';
import { CLOCK, PREPARED_QUERIES, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import type { Caller } from './caller.ts';
import { tokenHashOf } from './token-hash.ts';

interface Row {
  userid: string;
  orgaid: string;
  admin: boolean;
  superadmin: boolean;
  auditor: boolean;
  module: string;
  modver: string | null;
  last_used_at: Date;
  standing: string;
}

const SQL = `SELECT u.userid, u.orgaid, u.admin, u.superadmin, u.auditor, l.module, l.modver, l.last_used_at, ${USER_STANDING} AS standing
  FROM login_session l JOIN keyman_user u ON u.userid = l.userid
  WHERE l.token_hash = $1 AND l.expires_at > $2 AND l.last_used_at > $3 AND NOT u.disabled`;

/**
 * Use is written back once in this share of the idle time, so that a request seldom costs a write. A remembered session
 * is read anew after the same time: together they shorten the idle time by a thirtieth at the most.
 */
const TOUCH_SHARE = 60;

const REMEMBERED_SESSIONS = 10_000;

/** Ours have 43 characters; a SOAP message may say that megabytes are one. */
const TOKEN_MAX_LENGTH = 1_024;

/** Reads the session behind a token from the database, so that a log-out or a disabled user counts on every node at once. */
@Injectable()
export class SessionReader {
  /** By the hash of the token. */
  private readonly memory: RecentlyRead<Caller>;
  private readonly touchAfterMs: number;

  constructor(
    @Inject(PREPARED_QUERIES) private readonly queries: PreparedQueries,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {
    this.touchAfterMs = settings.sessionIdleMs / TOUCH_SHARE;
    this.memory = new RecentlyRead({ entries: REMEMBERED_SESSIONS, ageMs: this.touchAfterMs });
  }

  /** @throws CodedError `not-authenticated`: no, unknown, expired or idle token, or a disabled user */
  async read(token: string | undefined): Promise<Caller> {
    if (!mayBeToken(token)) throw notAuthenticated();
    const tokenHash = tokenHashOf(token);
    const now = this.clock.now();
    const idleSince = new Date(now.getTime() - this.settings.sessionIdleMs);
    const [row] = await this.queries.query<Row>({ name: 'session', text: SQL, values: [tokenHash, now, idleSince] });
    if (row === undefined) {
      this.memory.forget(memoryKey(tokenHash));
      throw notAuthenticated();
    }
    if (now.getTime() - row.last_used_at.getTime() > this.touchAfterMs) await this.touch(tokenHash, now);
    const { userid, orgaid, admin, superadmin, auditor, module, modver, standing } = row;
    const session = { tokenHash, guard: { tokenHash, standing }, module, modver };
    const caller: Caller = { userid, orgaid, admin, superadmin, auditor, session };
    this.memory.keep(memoryKey(tokenHash), caller);
    return caller;
  }

  /**
   * The caller as the session was read a moment ago; it may have ended since. Only for what leaves under the session's
   * guard, which the database checks.
   */
  remembered(token: string | undefined): Caller | undefined {
    return mayBeToken(token) ? this.memory.get(memoryKey(tokenHashOf(token))) : undefined;
  }

  /** To be told of a session that this node ends: nothing of it is tried from memory any more. */
  forget(tokenHash: Buffer): void {
    this.memory.forget(memoryKey(tokenHash));
  }

  private async touch(tokenHash: Buffer, now: Date): Promise<void> {
    await this.queries.query({
      name: 'session-touch',
      text: 'UPDATE login_session SET last_used_at = $2 WHERE token_hash = $1 AND last_used_at < $2',
      values: [tokenHash, now],
    });
  }
}

function memoryKey(tokenHash: Buffer): string {
  return tokenHash.toString('latin1');
}

export function notAuthenticated(): CodedError {
  return new CodedError('not-authenticated', 'no session, or it has ended; log in');
}

function mayBeToken(token: string | undefined): token is string {
  return token !== undefined && token.length <= TOKEN_MAX_LENGTH;
}
