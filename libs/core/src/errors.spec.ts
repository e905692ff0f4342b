import { describe, expect, it } from '@jest/globals';
import { CodedError } from './errors.ts';

describe('CodedError', () => {
  it('keeps the inner error for the log and shows only the public detail', () => {
    const error = new CodedError('hsm-not-available', 'the HSM does not answer', {
      cause: new Error('CKR_DEVICE_REMOVED'),
    });
    expect(error.message).toBe('the HSM does not answer');
    expect(error.fault).toBe('hsm');
    expect((error.cause as Error).message).toBe('CKR_DEVICE_REMOVED');
  });

  it('is told apart by code', () => {
    const error: unknown = new CodedError('wrong-pin', 'wrong PIN');
    expect(CodedError.is(error, 'pin-locked', 'wrong-pin')).toBe(true);
    expect(CodedError.is(error, 'pin-locked')).toBe(false);
    expect(CodedError.is(new Error('x'))).toBe(false);
  });
});
