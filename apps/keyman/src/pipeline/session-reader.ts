import { CodedError, type Clock } from '@cinnabar/core';
import type { PreparedQueries } from '@cinnabar/persistence';
import { Inject, Injectable } from '@nestjs/common';
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
}

const SQL = `SELECT u.userid, u.orgaid, u.admin, u.superadmin, u.auditor, s.module, s.modver, s.last_used_at
  FROM login_session s JOIN keyman_user u ON u.userid = s.userid
  WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_used_at > $3 AND NOT u.disabled`;

/** Use is written back once in this share of the idle time, so that a request seldom costs a write. */
const TOUCH_SHARE = 30;

/** Reads the session behind a token from the database, so that a log-out or a disabled user counts on every node at once. */
@Injectable()
export class SessionReader {
  constructor(
    @Inject(PREPARED_QUERIES) private readonly queries: PreparedQueries,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  /** @throws CodedError `not-authenticated`: no, unknown, expired or idle token, or a disabled user */
  async read(token: string | undefined): Promise<Caller> {
    if (token === undefined) throw notAuthenticated();
    const tokenHash = tokenHashOf(token);
    const now = this.clock.now();
    const idleSince = new Date(now.getTime() - this.settings.sessionIdleMs);
    const [row] = await this.queries.query<Row>({ name: 'session', text: SQL, values: [tokenHash, now, idleSince] });
    if (row === undefined) throw notAuthenticated();
    if (now.getTime() - row.last_used_at.getTime() > this.settings.sessionIdleMs / TOUCH_SHARE)
      await this.touch(tokenHash, now);
    const { userid, orgaid, admin, superadmin, auditor, module, modver } = row;
    return { userid, orgaid, admin, superadmin, auditor, session: { tokenHash, module, modver } };
  }

  private async touch(tokenHash: Buffer, now: Date): Promise<void> {
    await this.queries.query({
      name: 'session-touch',
      text: 'UPDATE login_session SET last_used_at = $2 WHERE token_hash = $1 AND last_used_at < $2',
      values: [tokenHash, now],
    });
  }
}

function notAuthenticated(): CodedError {
  return new CodedError('not-authenticated', 'no session, or it has ended; log in');
}
