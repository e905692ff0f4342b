import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** `letter.pdf` → `letter-signed.pdf`, in the same folder. */
export function signedPathOf(path: string): string {
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}-signed${extension === '' ? '.pdf' : extension}`);
}

/**
 * Makes sure that nobody's file is lost. An earlier result of the demonstration (same original, signed by `commonName`)
 * may be replaced, so that the demonstration can be run again; any other file of that name is somebody's and stays.
 * @throws if such a file stands there
 */
export async function mustBeFreeToWrite(path: string, original: Buffer, commonName: string): Promise<void> {
  const existing = await readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (existing !== undefined && !isOurs(existing, original, commonName)) {
    throw new Error(`${path} exists and is not an earlier result of this demonstration; --force overwrites it`);
  }
}

/** The signer's name stands in the certificate, which stands in /Contents as hexadecimal digits. */
function isOurs(existing: Buffer, original: Buffer, commonName: string): boolean {
  const name = Buffer.from(commonName, 'utf8').toString('hex');
  return (
    existing.subarray(0, original.length).equals(original) &&
    existing.subarray(original.length).toString('latin1').toLowerCase().includes(name)
  );
}
