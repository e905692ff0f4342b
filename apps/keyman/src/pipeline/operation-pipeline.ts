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
}

/** One call on its way. */
interface Attempt {
  readonly found: RegisteredOperation;
  readonly call: Call;
  readonly validation: Settled<unknown>;
  readonly recording: Recording;
  /** Was it counted among its user's calls? Once, whichever ways it goes. */
  isCounted: boolean;
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
    // A refused request is recorded with its caller too, so both are found out before either is answered.
    const validation = settle(() => validateRequest(found.declaration, call.body));
    const attempt: Attempt = { found, call, validation, recording, isCounted: false };
    try {
      return (await this.fromMemory(attempt)) ?? (await this.fromDatabase(attempt));
    } catch (error) {
      // Counted in the log a minute at a time: a flood must not fill the audit, and nothing was done.
      if (error instanceof RateRefusal) return refusal(error);
      return await this.fail(found, call, recording, error);
    } finally {
      recording.close();
    }
  }

  private async fromDatabase(attempt: Attempt): Promise<Outcome> {
    const { call, validation, recording } = attempt;
    const { declaration, handler } = attempt.found;
    const session = await this.sessionOf(declaration.access === 'anyone', call.token).catch((error: unknown) => {
      throw 'error' in validation ? validation.error : error;
    });
    recording.by(session);
    if (session !== undefined) await this.count(attempt, session);
    if ('error' in validation) throw validation.error;
    this.access.require(declaration.access, session);
    const context = new OperationContext(call.origin, session, (work) => recording.change(work));
    recording.noting(context.note);
    const members = await handler.execute(validation.value, context);
    await recording.succeed(context.guards);
    return succeeded(members);
  }

  /**
   * The short way of what is asked for most: session and certificate as they were read a moment ago, and one statement
   * that records success only if the database still says the same. Whatever else happens on it, `fromDatabase` decides
   * anew: nothing that the database has a say in is refused, counted or recorded from memory.
   *
   * @throws RateRefusal without a question to the database, which is what it is there for
   */
  private async fromMemory(attempt: Attempt): Promise<Outcome | undefined> {
    const { call, validation, recording } = attempt;
    const { declaration, handler } = attempt.found;
    if (handler.executeFromMemory === undefined || 'error' in validation) return undefined;
    const caller = this.sessions.remembered(call.token);
    if (caller === undefined) return undefined;
    await this.count(attempt, caller);
    const context = new OperationContext(call.origin, caller, changesNothing);
    recording.by(caller);
    recording.noting(context.note);
    let members: unknown;
    try {
      this.access.require(declaration.access, caller);
      members = await handler.executeFromMemory(validation.value, context);
    } catch (error) {
      this.failures.note(error, declaration.name, call.origin.traceId);
    }
    const { guards } = context;
    // Where this throws, whether it was recorded is not known: it must neither leave nor be run again.
    if (members !== undefined && guards.length > 0 && (await recording.succeedIfFresh(guards)))
      return succeeded(members);
    recording.by(undefined);
    recording.noting({});
    return undefined;
  }

  /** @throws RateRefusal */
  private async count(attempt: Attempt, caller: Caller): Promise<void> {
    if (!attempt.isCounted) await this.rate.admit(caller);
    attempt.isCounted = true;
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
      return { members: declaration.onFailure, error: coded };
    } catch (unrecorded) {
      return refusal(this.failures.note(unrecorded, declaration.name, call.origin.traceId));
    }
  }
}

function succeeded(members: unknown): Outcome {
  return { members: members as RawRequest, error: undefined };
}

function changesNothing(): Promise<never> {
  throw new Error('nothing is changed from memory');
}

function refusal(error: CodedError): Outcome {
  return { members: {}, error };
}

type Settled<Value> = { readonly value: Value } | { readonly error: unknown };

function settle<Value>(work: () => Value): Settled<Value> {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}
