import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signedPathOf, writeSigned } from './signed-file.ts';

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

  it('replaces an earlier result of the demonstration, so that it can be run twice', async () => {
    const path = join(folder, 'letter-signed.pdf');
    const options = { original: ORIGINAL, commonName: NAME, force: false };
    await writeSigned(path, signedBy(NAME), options);
    const second = Buffer.concat([signedBy(NAME), Buffer.from('\n')]);
    await writeSigned(path, second, options);
    expect(await readFile(path)).toEqual(second);
  });

  it.each([
    ['another document', Buffer.from('somebody else wrote this')],
    ["somebody else's signature of the same document", signedBy('Notary')],
  ])('leaves alone %s, unless it is forced', async (_, existing) => {
    const path = join(folder, 'letter-signed.pdf');
    await writeFile(path, existing);
    const options = { original: ORIGINAL, commonName: NAME };
    await expect(writeSigned(path, signedBy(NAME), { ...options, force: false })).rejects.toThrow('--force');
    expect(await readFile(path)).toEqual(existing);
    await writeSigned(path, signedBy(NAME), { ...options, force: true });
    expect(await readFile(path)).toEqual(signedBy(NAME));
  });
});
