import { CodedError } from '@cinnabar/core';

export function pinLocked(): CodedError {
  return new CodedError('pin-locked', 'the PIN is locked');
}

/** The last wrong try locks, and says so. */
export function wrongPin(triesLeft: number): CodedError {
  if (triesLeft <= 0) return pinLocked();
  return new CodedError('wrong-pin', `wrong PIN, ${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left`, {
    context: { triesLeft },
  });
}
