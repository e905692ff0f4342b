import type { KeyGuard } from '@cinnabar/audit';
import { CodedError } from '@cinnabar/core';
import type { EntityManager } from 'typeorm';
import type { AuditNote } from './audit-note.ts';
import type { Caller, Origin } from './caller.ts';

/** Runs work in one transaction together with the operation's audit record. */
export type ChangeRunner = <Result>(work: (manager: EntityManager) => Promise<Result>) => Promise<Result>;

/** What a handler is given beside its request: who calls, what to tell the audit, and how to change something. */
export class OperationContext {
  readonly note: AuditNote = {};
  readonly origin: Origin;
  private readonly session: Caller | undefined;
  private readonly runChange: ChangeRunner;
  private readonly signatureGuards: KeyGuard[] = [];

  constructor(origin: Origin, session: Caller | undefined, runChange: ChangeRunner) {
    this.origin = origin;
    this.session = session;
    this.runChange = runChange;
  }

  /** The caller; operations that declare `anyone` must not ask. */
  get caller(): Caller {
    if (this.session === undefined) throw new CodedError('not-authenticated', 'log in first');
    return this.session;
  }

  /**
   * Changes the database: `work` and the audit record commit together, or neither does.
   * Slow work (HSM, hashing) belongs before it, since it holds a connection.
   */
  change<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    return this.runChange(work);
  }

  /**
   * The answer holds a signature made under these versions; it is released only if they still stand when its record is
   * sealed. One that needed both a PIN and a code has two guards.
   */
  guardSignature(guard: KeyGuard): void {
    this.signatureGuards.push(guard);
  }

  get guards(): readonly KeyGuard[] {
    return this.signatureGuards;
  }
}
