import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askPdfsig, withTrustIn } from '../../../apps/keyman/src/tools/demo/pdfsig-check.ts';
import { run, runOrThrow } from '../../../apps/keyman/src/tools/demo/programs.ts';
import type { ThrowAwayIdentity } from '../../../apps/keyman/src/tools/demo/throw-away-identity.ts';

interface Judgement {
  readonly step: string;
  readonly failure: string | undefined;
}

/**
 * Looks at what a client left in its folder: `letter.sig` over `letter.txt`, `signed.pdf` of `document.pdf`.
 *
 * @param identityFolder where the signer's certificate lies (`signer.pem`)
 */
export async function judgeSignatures(
  folder: string,
  identityFolder: string,
  identity: ThrowAwayIdentity,
): Promise<readonly Judgement[]> {
  return [
    { step: 'openssl verifies the signature of the hash', failure: await judgeHash(folder, identityFolder) },
    { step: 'pdfsig accepts the signed PDF, which came back whole', failure: await judgePdf(folder, identity) },
  ];
}

async function judgeHash(folder: string, identityFolder: string): Promise<string | undefined> {
  const publicKey = await runOrThrow('openssl', [
    'x509',
    '-in',
    join(identityFolder, 'signer.pem'),
    '-noout',
    '-pubkey',
  ]);
  await writeFile(join(folder, 'public.pem'), publicKey);
  const args = ['dgst', '-sha256', '-verify', 'public.pem', '-signature', 'letter.sig', 'letter.txt'];
  const { exitCode, stdout, stderr } = await run('openssl', args, { folder });
  return exitCode === 0 ? undefined : `${stdout.toString('utf8')} ${stderr}`.trim().slice(0, 300);
}

async function judgePdf(folder: string, { commonName, anchorPath }: ThrowAwayIdentity): Promise<string | undefined> {
  const path = join(folder, 'signed.pdf');
  const signed = await readFile(path).catch(() => undefined);
  if (signed === undefined) return 'there is no signed PDF';
  const original = await readFile(join(folder, 'document.pdf'));
  if (!signed.subarray(0, original.length).equals(original)) return 'the original is not kept byte by byte';
  const { missing, text } = await withTrustIn(anchorPath, (nss) => askPdfsig(path, commonName, nss, []));
  return missing?.length === 0
    ? undefined
    : `pdfsig does not say ${missing?.join(', ') ?? 'anything'}: ${text.slice(0, 300)}`;
}
