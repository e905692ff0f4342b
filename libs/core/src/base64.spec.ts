import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decodeBase64 } from './base64.ts';

describe('decodeBase64', () => {
  it.each(Array.from({ length: 12 }, (_, length) => length))('reads %i bytes, however they are spaced', (length) => {
    const bytes = randomBytes(length);
    const encoded = bytes.toString('base64');
    for (const text of [encoded, encoded.split('').join(' '), encoded.split('').join('\r\n'), ` ${encoded}\t`])
      expect(Buffer.from(decodeBase64(text) ?? [1]).equals(bytes)).toBe(true);
  });

  it.each([
    'Q',
    'QQ',
    'QQ=',
    'QQ===',
    'QQQ',
    'QQ=Q',
    '=',
    '====',
    'QQ==QQ==',
    'QUJD=',
    'QUJD====',
    'QU*D',
    'QUJ*D',
    'QUJDR*',
    'QUJDRA',
    'QUJD\u00a0',
    'QUJ\u20ac',
    'QU-D',
    'QU_D',
    'QQ= =Q',
    'QUJD\u0000',
    '    =',
    '*   ',
    'QUI*',
    `QUJD${' '.repeat(2000)}`,
    'QU*=',
    'Q*==',
    'Q===',
  ])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
