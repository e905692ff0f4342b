import { describe, expect, it } from '@jest/globals';
import { sessionTokenOf } from './session-token.ts';

describe('sessionTokenOf', () => {
  it('reads the raw header and the bearer form', () => {
    expect(sessionTokenOf({ authentication: 'KV2+/g==' })).toBe('KV2+/g==');
    expect(sessionTokenOf({ authorization: 'Bearer KV2+/g==' })).toBe('KV2+/g==');
    expect(sessionTokenOf({ authorization: 'Basic dTpw' })).toBeUndefined();
    expect(sessionTokenOf({})).toBeUndefined();
    expect(sessionTokenOf({ authentication: 'x'.repeat(2000) })).toBeUndefined();
  });
});
