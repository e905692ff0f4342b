import { CodedError } from '@cinnabar/core';
import { validateRequest, type RawRequest } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import { AccessControl } from './access-control.ts';
import { AuditRecorder, type Recording } from './audit-recorder.ts';
import type { Caller, Origin } from './caller.ts';
import { FailureLog } from './failure-log.ts';
import { OperationContext } from './operation-context.ts';
import { OperationRegistry, type RegisteredOperation } from './operation-registry.ts';
import { RateRefusal } from './rate-refusal.ts';
import { SessionReader } from './session-reader.ts';
import { UserRate } from './user-rate.ts';

/** One call, as a front decoded it. */
export interface Call {
  /** `Category/Action` in any case. */
  readonly operation: string;
  /** The decoded body, not yet validated. */
  readonly body: unknown;
  readonly token: string | undefined;
  readonly origin: Origin;
}

/** What goes back: the operation's members, or those that stand beside an error. */
export interface Outcome {
  readonly members: RawRequest;
  readonly error: CodedError | undefined;
  /** To be called when the answer has left, or cannot. */
  readonly release: () => void;
}

/**
 * The path of every request, whatever the protocol: find → validate → session → access → handler → audit.
 * Nothing leaves before its audit record is sealed.
 */
@Injectable()
export class OperationPipeline {
  constructor(
    private readonly registry: OperationRegistry,
    private readonly sessions: SessionReader,
    private readonly access: AccessControl,
    private readonly audit: AuditRecorder,
    private readonly failures: FailureLog,
    private readonly rate: UserRate,
  ) {}

  async run(call: Call): Promise<Outcome> {
    const found = this.registry.find(call.operation);
    if (found === undefined) return refusal(new CodedError('unknown-operation', 'there is no such operation'));
    const recording = this.audit.open(found.declaration, call.origin);
    try {
      return await this.attempt(found, call, recording);
    } catch (error) {
      // Counted in the log a minute at a time: a flood must not fill the audit, and nothing was done.
      if (error instanceof RateRefusal) return refusal(error);
      return this.fail(found, call, recording, error);
    }
  }

  private async attempt(
    { declaration, handler }: RegisteredOperation,
    call: Call,
    recording: Recording,
  ): Promise<Outcome> {
    // A refused request is recorded with its caller too, so both are found out before either is answered.
    const validation = settle(() => validateRequest(declaration, call.body));
    const session = await this.sessionOf(declaration.access === 'anyone', call.token).catch((error: unknown) => {
      throw 'error' in validation ? validation.error : error;
    });
    recording.by(session);
    if (session !== undefined) await this.rate.admit(session);
    if ('error' in validation) throw validation.error;
    this.access.require(declaration.access, session);
    const context = new OperationContext(call.origin, session, (work) => recording.change(work));
    recording.noting(context.note);
    try {
      const members = await handler.execute(validation.value, context);
      await recording.succeed(context.guards);
      return { members: members as RawRequest, error: undefined, release: () => context.release() };
    } catch (error) {
      context.release();
      throw error;
    }
  }

  private async sessionOf(open: boolean, token: string | undefined): Promise<Caller | undefined> {
    return open ? undefined : await this.sessions.read(token);
  }

  /** A failed operation is recorded too; if even that cannot be done, the caller learns of an internal error and nothing else. */
  private async fail(
    { declaration }: RegisteredOperation,
    call: Call,
    recording: Recording,
    error: unknown,
  ): Promise<Outcome> {
    const coded = this.failures.note(error, declaration.name, call.origin.traceId);
    try {
      await recording.fail(coded);
      return { members: declaration.onFailure, error: coded, release: () => undefined };
    } catch (unrecorded) {
      return refusal(this.failures.note(unrecorded, declaration.name, call.origin.traceId));
    }
  }
}

function refusal(error: CodedError): Outcome {
  return { members: {}, error, release: () => undefined };
}

type Settled<Value> = { readonly value: Value } | { readonly error: unknown };

function settle<Value>(work: () => Value): Settled<Value> {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
