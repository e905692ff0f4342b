import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Caller } from '../pipeline/caller.ts';

/** Which organisations a caller administers (contract, "Who may"). */
@Injectable()
export class OrganisationScope {
  constructor(private readonly dataSource: DataSource) {}

  /** An admin's own; a superadmin's and all below it; nobody else's. */
  async administeredBy(caller: Caller): Promise<readonly string[]> {
    if (caller.superadmin) return this.belowAndIncluding(caller.orgaid);
    return caller.admin ? [caller.orgaid] : [];
  }

  /** Whose records he may read: an auditor reads his organisation's and administers nothing. */
  async auditedBy(caller: Caller): Promise<readonly string[]> {
    const administered = await this.administeredBy(caller);
    return administered.length > 0 || !caller.auditor ? administered : [caller.orgaid];
  }

  private async belowAndIncluding(orgaid: string): Promise<readonly string[]> {
    // UNION, not UNION ALL: a loop of parents ends.
    const rows: { orgaid: string }[] = await this.dataSource.query(
      `WITH RECURSIVE below AS (
         SELECT orgaid FROM organisation WHERE orgaid = $1
         UNION
         SELECT child.orgaid FROM organisation child JOIN below ON child.parent = below.orgaid
       ) SELECT orgaid FROM below`,
      [orgaid],
    );
    return rows.map((row) => row.orgaid);
  }
}
