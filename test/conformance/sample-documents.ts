import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../apps/keyman/src/tools/demo/programs.ts';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import type { Case, Expectation } from './cases.ts';

const SIGN: Expectation = { must: 'sign', orRefuse: [] };

/** Made by qpdf from one page: the file's kind, qpdf's options, and what the server has to do. */
const KINDS: readonly {
  readonly name: string;
  readonly special: string;
  readonly options: readonly string[];
  readonly passwords?: readonly string[];
  readonly expectation: Expectation;
}[] = [
  {
    name: 'xref-stream.pdf',
    special: 'object streams and a cross-reference stream',
    options: ['--object-streams=generate'],
    expectation: SIGN,
  },
  { name: 'linearized.pdf', special: 'linearized', options: ['--linearize'], expectation: SIGN },
  {
    name: 'rc4-128.pdf',
    special: 'RC4-128, user password',
    options: ['--allow-weak-crypto', '--encrypt', 'user', 'owner', '128', '--use-aes=n', '--'],
    passwords: ['user'],
    expectation: SIGN,
  },
  {
    name: 'aes-128.pdf',
    special: 'AES-128, user password',
    options: ['--encrypt', 'user', 'owner', '128', '--use-aes=y', '--'],
    passwords: ['user'],
    expectation: SIGN,
  },
  {
    name: 'aes-256.pdf',
    special: 'AES-256, user password',
    options: ['--encrypt', 'user', 'owner', '256', '--'],
    passwords: ['user'],
    expectation: SIGN,
  },
];

/** A handful of documents for a checkout that has no corpus beside it. */
export async function sampleCases(folder: string): Promise<readonly Case[]> {
  const classic = Buffer.from(samplePdf('A document to be signed'));
  const plain = await written(folder, 'classic.pdf', classic);
  const cases: Case[] = [
    sample(plain, 'classic.pdf', 'classic cross-reference table', SIGN),
    sample(
      await written(folder, 'no-eol-at-end.pdf', classic.subarray(0, -1)),
      'no-eol-at-end.pdf',
      'the last line has no end',
      SIGN,
    ),
    sample(
      await written(folder, 'not-a-pdf.pdf', Buffer.from('This is a letter, not a PDF.\n'.repeat(50))),
      'not-a-pdf.pdf',
      'plain text',
      { must: 'refuse', code: 'K0013' },
    ),
  ];
  for (const { name, special, options, passwords, expectation } of KINDS) {
    const path = join(folder, name);
    const { exitCode, stderr } = await run('qpdf', [...options, plain, path]);
    if (exitCode !== 0 && exitCode !== 3) throw new Error(`qpdf could not make ${name}: ${stderr}`);
    cases.push({ ...sample(path, name, special, expectation), passwords: passwords ?? [] });
  }
  return cases;
}

function sample(path: string, name: string, special: string, expectation: Expectation): Case {
  return { name, path, special, expectation, passwords: [], profile: 'enhanced' };
}

async function written(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}
