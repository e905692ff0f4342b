import type { AuditDraft, AuditTicket, AuditTrail, Guards, KeyGuard } from '@cinnabar/audit';
import { CodedError } from '@cinnabar/core';
import { KEYMAN_ERRORS, type OperationDeclaration } from '@cinnabar/keyman-api';
import { Transactions } from '@cinnabar/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AUDIT_TRAIL } from '../ports.ts';
import { retiredRootKeyOf } from '../root-keys/root-key-registry.ts';
import type { AuditNote } from './audit-note.ts';
import type { Caller, Origin } from './caller.ts';
import { notAuthenticated } from './session-reader.ts';

/** Makes each operation's one record, and has it sealed before the answer may leave. */
@Injectable()
export class AuditRecorder {
  private readonly transactions: Transactions;

  constructor(
    @Inject(AUDIT_TRAIL) private readonly trail: AuditTrail,
    dataSource: DataSource,
  ) {
    this.transactions = new Transactions(dataSource);
  }

  /** To be closed by `close` whatever becomes of the operation. */
  open(declaration: OperationDeclaration, origin: Origin): Recording {
    this.trail.operationBegan();
    return new Recording(this.trail, this.transactions, declaration, origin);
  }
}

/** The record of one operation while it runs. */
export class Recording {
  private caller: Caller | undefined;
  private note: AuditNote = {};
  private ticket: AuditTicket | undefined;
  private settled = false;
  private refusedAtSealing = false;

  constructor(
    private readonly trail: AuditTrail,
    private readonly transactions: Transactions,
    private readonly declaration: OperationDeclaration,
    private readonly origin: Origin,
  ) {}

  close(): void {
    this.trail.operationEnded();
  }

  by(caller: Caller | undefined): void {
    this.caller = caller;
  }

  noting(note: AuditNote): void {
    this.note = note;
  }

  /**
   * Commits a change together with the record of its success.
   * @throws CodedError `hsm-not-available` where it would store something under a root key that was just retired
   */
  async change<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    const { result, ticket } = await this.transactions
      .run(async (manager) => {
        const done = await work(manager);
        return { result: done, ticket: await this.trail.append(manager, this.draft(undefined)) };
      })
      .catch((error: unknown) => {
        throw retiredRootKeyOf(error);
      });
    this.ticket = ticket;
    return result;
  }

  /**
   * @throws CodedError `certificate-not-usable` or `not-authenticated` where what a signature was made under has changed
   * since; it is then recorded as refused
   */
  async succeed(guards: readonly KeyGuard[]): Promise<void> {
    this.settled = true;
    if (this.ticket !== undefined) {
      await this.trail.seal(this.ticket);
      return;
    }
    const { verdict } = await this.trail.seal(this.draft(undefined), this.guards(guards, 'refuse'));
    if (verdict === 'sealed') return;
    this.refusedAtSealing = true;
    if (verdict === 'session-ended') throw notAuthenticated();
    throw new CodedError('certificate-not-usable', 'the certificate or its PIN was changed while it signed');
  }

  /** Records success if what it came from still stands; false: it does not, and nothing was recorded. */
  async succeedIfFresh(guards: readonly KeyGuard[]): Promise<boolean> {
    this.settled = true;
    const { verdict } = await this.trail.seal(this.draft(undefined), this.guards(guards, 'leave-open'));
    this.settled = verdict === 'sealed';
    return this.settled;
  }

  async fail(error: CodedError): Promise<void> {
    if (this.ticket !== undefined && !this.settled) await this.trail.seal(this.ticket);
    // A refusal at sealing is in the audit already.
    if (this.refusedAtSealing) return;
    await this.trail.seal(this.draft(error));
  }

  /** A signature leaves under its key's guard and its session's; what changes nothing and reveals no key needs none. */
  private guards(keys: readonly KeyGuard[], ifStale: NonNullable<Guards['ifStale']>): Guards {
    const session = this.caller?.session.guard;
    if (keys.length === 0) return {};
    return { keys, ifStale, ...(session === undefined ? {} : { session }) };
  }

  private draft(error: CodedError | undefined): AuditDraft {
    const { note, caller, declaration, origin } = this;
    const oper = caller?.userid ?? note.oper ?? null;
    return {
      category: declaration.category,
      action: declaration.action,
      success: error === undefined,
      errorCode: error === undefined ? null : KEYMAN_ERRORS[error.code].code,
      traceid: origin.traceId,
      ip: origin.ip,
      host: note.host ?? origin.ip,
      oper,
      userid: note.userid ?? oper,
      orgaid: note.orgaid ?? caller?.orgaid ?? null,
      module: note.module ?? caller?.session.module ?? null,
      modver: note.modver ?? caller?.session.modver ?? null,
      certid: note.certid ?? null,
      certsha1sum: note.certsha1sum ?? null,
      serial: note.serial ?? null,
      certidorig: null,
      actiondata: note.actiondata ?? null,
      app: note.app ?? null,
      location: note.location ?? null,
      impersonator: null,
      data: note.data ?? null,
      info: infoOf(declaration.name, note, error, origin),
    };
  }
}

function infoOf(operation: string, note: AuditNote, error: CodedError | undefined, { callerId }: Origin): string {
  const outcome = error === undefined ? 'ok' : `refused: ${KEYMAN_ERRORS[error.code].code} ${error.publicDetail}`;
  const named = callerId === undefined ? undefined : `caller's id ${callerId}`;
  return [`${operation} ${outcome}`, note.info, named].filter((each) => each !== undefined).join('; ');
}
