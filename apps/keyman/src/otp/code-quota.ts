import { CodedError, type Clock } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';

const HOUR_MS = 60 * 60 * 1000;

const TAKE = `UPDATE key_slot SET
    codes_asked = CASE WHEN codes_since > $2 THEN codes_asked + 1 ELSE 1 END,
    codes_since = CASE WHEN codes_since > $2 THEN codes_since ELSE $3 END
  WHERE certid = $1 AND kind = 'code' AND (codes_since <= $2 OR codes_asked < $4)
  RETURNING slot_id`;

const USED_UP = `SELECT FROM key_slot
  WHERE certid = $1 AND kind = 'code' AND codes_since > $2 AND codes_asked >= $3`;

/** A slot may be replaced under the statement, which then finds neither the former nor the new one: look again, but not for ever. */
const ATTEMPTS = 5;

/** How many codes may be asked for of one certificate, on all nodes together: the owner's mailbox is not a place to flood. */
@Injectable()
export class CodeQuota {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  /** Takes one in one committed step. @throws CodedError `too-many-requests`, `refused-in-state` (confirmed anew meanwhile) */
  async take(certid: string): Promise<void> {
    const limit = this.settings.codesPerHour;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const now = this.clock.now();
      const horizon = new Date(now.getTime() - HOUR_MS);
      const [taken] = await this.dataSource.query<[unknown[], number]>(TAKE, [certid, horizon, now, limit]);
      if (taken.length > 0) return;
      const usedUp = await this.dataSource.query<unknown[]>(USED_UP, [certid, horizon, limit]);
      if (usedUp.length > 0)
        throw new CodedError(
          'too-many-requests',
          'too many codes were asked for this certificate; try again in an hour',
        );
    }
    throw new CodedError('refused-in-state', 'the codes were confirmed anew meanwhile; ask again');
  }
}
