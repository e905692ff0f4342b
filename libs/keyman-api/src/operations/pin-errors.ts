import type { ErrorCode } from '@cinnabar/core';

/** What can go wrong where a PIN opens a key: not visible, not its holder's, wrong, locked, disabled, no HSM. */
export const PIN_ERRORS: readonly ErrorCode[] = [
  'not-authorised',
  'not-found',
  'wrong-pin',
  'pin-locked',
  'certificate-not-usable',
  'hsm-not-available',
];
