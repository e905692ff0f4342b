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

/** How many codes may be asked for of one certificate, on all nodes together: the owner's mailbox is not a place to flood. */
@Injectable()
export class CodeQuota {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  /** Takes one in one committed step. @throws CodedError `too-many-requests` */
  async take(certid: string): Promise<void> {
    const now = this.clock.now();
    const horizon = new Date(now.getTime() - HOUR_MS);
    const [rows] = await this.dataSource.query<[unknown[], number]>(TAKE, [
      ...[certid, horizon, now],
      this.settings.codesPerHour,
    ]);
    if (rows.length === 0)
      throw new CodedError('too-many-requests', 'too many codes were asked for this certificate; try again in an hour');
  }
}
