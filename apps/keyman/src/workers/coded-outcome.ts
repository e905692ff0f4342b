import { CodedError, type ErrorCode } from '@cinnabar/core';

/** A result that crosses a thread's border, where an error would lose its class. */
export type CodedOutcome<Result> = { readonly result: Result } | { readonly failure: CodedFailure };

export interface CodedFailure {
  readonly code: ErrorCode;
  readonly publicDetail: string;
  /** For the log: an internal error's name and stack frames, never its message. */
  readonly trace?: string;
}

/** In the thread: catches what the work throws. */
export async function outcomeOf<Result>(work: () => Promise<Result>): Promise<CodedOutcome<Result>> {
  try {
    return { result: await work() };
  } catch (error) {
    if (CodedError.is(error)) return { failure: { code: error.code, publicDetail: error.publicDetail } };
    return { failure: { code: 'internal', publicDetail: 'internal error', trace: traceOf(error) } };
  }
}

/** Outside: gives the result, or throws the error again. */
export function unwrap<Result>(outcome: CodedOutcome<Result>): Result {
  if ('result' in outcome) return outcome.result;
  const { code, publicDetail, trace } = outcome.failure;
  throw new CodedError(code, publicDetail, trace === undefined ? {} : { cause: new ThreadError(trace) });
}

/** An internal error of another thread, with that thread's stack. */
class ThreadError extends Error {
  constructor(trace: string) {
    super('a worker thread failed');
    this.name = 'ThreadError';
    this.stack = trace;
  }
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return `${error.name}\n${frames.join('\n')}`;
}
