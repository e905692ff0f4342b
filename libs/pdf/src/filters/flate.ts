import { constants, inflateRawSync, inflateSync } from 'node:zlib';
import { unreadable } from '../unreadable.ts';
import { tooLarge } from './decode-budget.ts';

const ZLIB_HEADER_BYTES = 2;

/** FlateDecode (ISO 32000-1 7.4.4). Data that end early or whose checksum is wrong are read as far as they go. */
export function decodeFlate(encoded: Uint8Array, limit: number): Uint8Array {
  const options = { maxOutputLength: Math.max(1, limit), finishFlush: constants.Z_SYNC_FLUSH };
  try {
    return inflateSync(encoded, options);
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(error);
  }
  try {
    return inflateRawSync(encoded.subarray(ZLIB_HEADER_BYTES), options);
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(error);
    throw unreadable('a compressed stream is damaged', error);
  }
}

const isTooLarge = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
