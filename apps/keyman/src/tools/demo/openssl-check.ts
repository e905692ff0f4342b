import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './programs.ts';
import { newSignature } from './signature-bytes.ts';

/**
 * Has openssl verify the signature that was appended to an original: the CMS out of /Contents against the bytes that
 * /ByteRange covers, with one trusted CA.
 * @param cades also demand and check signing-certificate-v2, which PAdES-B has and the older profile need not have
 * @returns what is wrong with it; undefined: nothing
 */
export async function opensslComplaint(
  signedPath: string,
  originalLength: number,
  anchorPath: string,
  cades: boolean,
): Promise<string | undefined> {
  const signature = newSignature(await readFile(signedPath), originalLength);
  if (typeof signature === 'string') return signature;
  const folder = await mkdtemp(join(tmpdir(), 'cinnabar-cms-'));
  try {
    const [cms, content] = [join(folder, 'signature.der'), join(folder, 'content.bin')];
    await Promise.all([writeFile(cms, signature.cmsDer), writeFile(content, signature.content)]);
    const { exitCode, stderr } = await run('openssl', [
      ...['cms', '-verify', '-binary', '-inform', 'DER', '-in', cms, '-content', content, '-out', join(folder, 'out')],
      ...['-CAfile', anchorPath, '-purpose', 'any'],
      ...(cades ? ['-cades'] : []),
    ]);
    return exitCode === 0 ? undefined : `exit code ${exitCode}: ${stderr.trim().replace(/\s+/g, ' ').slice(0, 300)}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}
