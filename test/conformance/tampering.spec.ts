import { describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { judgeAndProve } from './tampering.ts';
import { fail, judgeOfOne, OK, type SignedDocument } from './verdict.ts';

const SIGNER = { commonName: 'Signer', anchorPath: 'ca.pem' };

async function withDocument(use: (document: SignedDocument) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tampering-'));
  const signedPath = join(folder, 'a.pdf');
  await writeFile(signedPath, samplePdf('original'));
  try {
    await use({ id: 'a.pdf', profile: 'enhanced', originalPath: signedPath, signedPath, password: undefined });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('a judge that is put to the proof', () => {
  it('keeps its verdicts if it rejects a document that was changed after signing', () =>
    withDocument(async (document) => {
      const original = samplePdf('original');
      const attentive = judgeOfOne('attentive', async ({ signedPath }) =>
        (await readFile(signedPath)).equals(original) ? OK : fail('changed'),
      );
      expect(await judgeAndProve(attentive, [document], SIGNER)).toEqual(new Map([['a.pdf', OK]]));
    }));

  it('has no say if it accepts that document', () =>
    withDocument(async (document) => {
      const careless = judgeOfOne('careless', () => Promise.resolve(OK));
      const verdicts = await judgeAndProve(careless, [document], SIGNER);
      expect(verdicts.get('a.pdf')?.outcome).toBe('fail');
    }));
});
