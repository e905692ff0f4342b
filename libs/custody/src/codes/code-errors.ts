import { CodedError } from '@cinnabar/core';
import { pinLocked } from '../attempts/pin-errors.ts';

/** Says the same of a code that was never made, has expired, is used up or has no tries left. */
export function noCodeWaiting(): CodedError {
  return new CodedError('refused-in-state', 'no one-time code is waiting; ask for a new one');
}

/** The last wrong try of a slot locks it, and says so. */
export function wrongCode(codeTriesLeft: number, slotTriesLeft: number): CodedError {
  if (slotTriesLeft <= 0) return pinLocked();
  const triesLeft = Math.min(codeTriesLeft, slotTriesLeft);
  return new CodedError('wrong-pin', `wrong code, ${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left`, {
    context: { triesLeft },
  });
}
