import { CodedError } from '@cinnabar/core';

/** The error for a document that cannot be read. `reason` is shown to the caller: what is wrong, never bytes of the document. */
export function unreadable(reason: string, cause?: unknown): CodedError {
  return new CodedError('document-unreadable', `document: ${reason}`, cause === undefined ? {} : { cause });
}
