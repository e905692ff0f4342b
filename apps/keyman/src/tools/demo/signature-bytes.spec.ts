import { describe, expect, it } from '@jest/globals';
import { newSignature } from './signature-bytes.ts';

const ORIGINAL = '%PDF-1.7\noriginal\n';

/** Appends a signature dictionary whose /Contents is `contents`, and a true /ByteRange unless another is given. */
function signed(contents: string, byteRange?: string): Buffer {
  const head = (range: string): string => `${ORIGINAL}<< /ByteRange [${range.padEnd(40)}] /Contents `;
  const [start, tail] = [head('').length, ' >>\n%%EOF\n'];
  const end = start + contents.length;
  return Buffer.from(head(byteRange ?? `0 ${start} ${end} ${tail.length}`) + contents + tail, 'latin1');
}

describe('the bytes of the new signature', () => {
  it('are the DER value without its padding, and everything but /Contents', () => {
    const file = signed('<30030201050000>');
    const found = newSignature(file, ORIGINAL.length);
    expect(found).toMatchObject({ cmsDer: Buffer.from('3003020105', 'hex') });
    expect(typeof found === 'string' ? '' : found.content.toString('latin1')).toBe(
      file.toString('latin1').replace('<30030201050000>', ''),
    );
  });

  it.each([
    ['a range that leaves bytes at the end uncovered', signed('<3003020105>', '0 60 80 1')],
    ['a range that leaves out more than /Contents', signed('<3003020105> <00>')],
    ['rubbish behind the signature', signed('<300302010577>')],
    ['no DER value', signed('<00000000>')],
    ['no signature at all', Buffer.from(`${ORIGINAL}%%EOF\n`)],
  ])('are refused with a reason: %s', (_, file) => {
    expect(typeof newSignature(file, ORIGINAL.length)).toBe('string');
  });

  it('are looked for in what was appended, not in the original', () => {
    const file = signed('<3003020105>');
    expect(newSignature(file, file.length)).toContain('0 /ByteRange');
  });
});
