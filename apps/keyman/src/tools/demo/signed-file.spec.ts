import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustBeFreeToWrite, signedPathOf } from './signed-file.ts';

const ORIGINAL = Buffer.from('%PDF-1.7 a letter\n');
const NAME = 'Demo Signer';

function signedBy(name: string): Buffer {
  return Buffer.concat([ORIGINAL, Buffer.from(`/Contents <30${Buffer.from(name).toString('hex').toUpperCase()}>`)]);
}

describe('the file of a signed document', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signed-file-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('stands beside the original', () => {
    expect(signedPathOf('/tmp/letter.pdf')).toBe('/tmp/letter-signed.pdf');
    expect(signedPathOf('/tmp/letter')).toBe('/tmp/letter-signed.pdf');
  });

  it('may be replaced where it is an earlier result, so that the demonstration can be run twice', async () => {
    const path = join(folder, 'letter-signed.pdf');
    await mustBeFreeToWrite(path, ORIGINAL, NAME);
    await writeFile(path, signedBy(NAME));
    await mustBeFreeToWrite(path, ORIGINAL, NAME);
  });

  it.each([
    ['another document', Buffer.from('somebody else wrote this')],
    ["somebody else's signature of the same document", signedBy('Notary')],
  ])('may not be replaced where it is %s', async (_, existing) => {
    const path = join(folder, 'letter-signed.pdf');
    await writeFile(path, existing);
    await expect(mustBeFreeToWrite(path, ORIGINAL, NAME)).rejects.toThrow('--force');
  });
});
