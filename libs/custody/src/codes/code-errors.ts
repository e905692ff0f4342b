import { CodedError } from '@cinnabar/core';

/** Says the same of a code that was never made, has expired, is used up or has no tries left. */
export function noCodeWaiting(): CodedError {
  return new CodedError('refused-in-state', 'no one-time code is waiting; ask for a new one');
}

/** Of all codes of a key: their tries are counted together, so that asking for a new one gives none back. */
export function codesLocked(): CodedError {
  return new CodedError('pin-locked', 'one-time codes are locked until the owner confirms them with the PIN');
}

/** The last wrong try of a slot locks it, and says so. */
export function wrongCode(codeTriesLeft: number, slotTriesLeft: number): CodedError {
  if (slotTriesLeft <= 0) return codesLocked();
  const triesLeft = Math.min(codeTriesLeft, slotTriesLeft);
  return new CodedError('wrong-pin', `wrong code, ${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left`, {
    context: { triesLeft },
  });
}
