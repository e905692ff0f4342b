import { CodedError } from '@cinnabar/core';

/** No space, no quota, no more than the file system lets a file have. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Tells a full disk by its name: to the caller who can come back later, and to the operator by the log. */
export async function namingFullDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === 'string' && FULL.has(code)) throw noRoom(error);
    throw error;
  }
}

export function noRoom(cause?: unknown): CodedError {
  return new CodedError(
    'too-many-requests',
    'there is no room for the document on this server now; try again later',
    cause === undefined ? {} : { cause },
  );
}
