import { CodedError } from '@cinnabar/core';

/** The file is not what RFC 7292 describes, or breaks one of the limits. */
export const damaged = (reason: string, cause?: unknown): CodedError =>
  new CodedError('invalid-parameter', `pfxdata: ${reason}`, cause === undefined ? {} : { cause });

/** The file uses something that is not read here. */
export const unsupported = (what: string): CodedError => new CodedError('not-supported', `pfxdata: ${what}`);

/** The password does not open the file. */
export const wrongPassword = (reason: string): CodedError => new CodedError('invalid-parameter', `pfxpass: ${reason}`);
