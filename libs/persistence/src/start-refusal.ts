import { CodedError } from '@cinnabar/core';

/**
 * An error that stops the start. `sentence` is for the person at the terminal: what is wrong and what to do about it.
 * It never holds a password; what the driver or the system said goes into `cause`.
 */
export function startRefusal(sentence: string, cause?: unknown): CodedError {
  return new CodedError('refused-in-state', sentence, cause === undefined ? {} : { cause });
}
