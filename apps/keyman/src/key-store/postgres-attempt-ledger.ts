import type { AttemptLedger, Reservation } from '@cinnabar/custody';
import type { DataSource } from 'typeorm';

export interface AttemptLimits {
  /** Wrong PINs in a row until an admin must unlock. */
  readonly triesInRow: number;
  /** Wrong PINs in one day (UTC). */
  readonly triesPerDay: number;
}

const TODAY = `(now() AT TIME ZONE 'UTC')::date`;

/** SQL that tells whether a `key_slot` row named `s` has no tries left. */
export function lockedSql(limits: AttemptLimits): string {
  const { triesInRow, triesPerDay } = limits;
  return `(s.suspended_at IS NOT NULL OR s.tries_in_row >= ${triesInRow} OR (s.tries_on = ${TODAY} AND s.tries_today >= ${triesPerDay}))`;
}

/** Counts PIN tries in PostgreSQL: one statement each, committed by itself, so that all nodes share one count. */
export class PostgresAttemptLedger implements AttemptLedger {
  constructor(
    private readonly dataSource: DataSource,
    private readonly limits: AttemptLimits,
  ) {}

  async reserve(slotId: string): Promise<Reservation> {
    const rows = await this.update<{ tries_in_row: number; tries_today: number }>(
      `UPDATE key_slot s SET
         tries_in_row = tries_in_row + 1,
         tries_today = CASE WHEN tries_on = ${TODAY} THEN tries_today + 1 ELSE 1 END,
         tries_on = ${TODAY}
       WHERE slot_id = $1 AND NOT ${lockedSql(this.limits)}
       RETURNING tries_in_row, tries_today`,
      slotId,
    );
    const [row] = rows;
    if (row === undefined) return { granted: false };
    return {
      granted: true,
      triesLeft: Math.min(this.limits.triesInRow - row.tries_in_row, this.limits.triesPerDay - row.tries_today),
    };
  }

  async giveBack(slotId: string): Promise<void> {
    await this.update(
      'UPDATE key_slot SET tries_in_row = 0, tries_today = greatest(tries_today - 1, 0) WHERE slot_id = $1',
      slotId,
    );
  }

  async cancel(slotId: string): Promise<void> {
    await this.update(
      'UPDATE key_slot SET tries_in_row = greatest(tries_in_row - 1, 0), tries_today = greatest(tries_today - 1, 0) WHERE slot_id = $1',
      slotId,
    );
  }

  /** TypeORM answers an UPDATE with its rows and their number. */
  private async update<Row>(sql: string, slotId: string): Promise<Row[]> {
    const [rows] = await this.dataSource.query<[Row[], number]>(sql, [slotId]);
    return rows;
  }
}
