import type { SlotTicket } from '@cinnabar/custody';
import { Injectable, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { lockedSql } from '../key-store/postgres-attempt-ledger.ts';
import { SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';

/** The slot of a key whose owner has not chosen a PIN yet. */
export interface ActivationSlot {
  readonly ticket: SlotTicket;
  readonly validToAt: Date;
}

/** Finds keys that wait for their owner's first PIN. */
@Injectable()
export class ActivationSlots {
  private readonly sql: string;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) settings: KeymanSettings,
  ) {
    this.sql = `SELECT s.certid, s.slot_id AS "slotId", s.version AS "slotVersion", s.key_version AS "keyVersion",
        ${lockedSql(settings.attemptLimits)} AS locked, s.valid_to AS "validToAt"
      FROM key_slot s WHERE s.certid = $1 AND s.holder = $2 AND s.kind = 'activation'`;
  }

  async find(certid: string, holder: string): Promise<ActivationSlot | undefined> {
    const [row] = await this.dataSource.query<(SlotTicket & { readonly validToAt: Date })[]>(this.sql, [
      certid.toUpperCase(),
      holder,
    ]);
    if (row === undefined) return undefined;
    const { validToAt, ...ticket } = row;
    return { ticket, validToAt };
  }
}
