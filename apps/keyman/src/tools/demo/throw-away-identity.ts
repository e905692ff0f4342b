import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrThrow } from './programs.ts';

/** A signer that exists for one demonstration: nobody should ever trust its CA. */
export interface ThrowAwayIdentity {
  readonly commonName: string;
  /** The CA's certificate as a PEM file. */
  readonly anchorPath: string;
  readonly pfx: Buffer;
  readonly pfxPassword: string;
}

/**
 * Key usage and extended key usage that the judges ask for: EU DSS and pyHanko want nonRepudiation, poppler's NSS wants
 * a purpose that fits e-mail.
 */
const EXTENSIONS = `
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = emailProtection
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

/**
 * Makes a CA and a signer (RSA-2048, two days) with openssl, and the signer's PFX of today's kind (PBES2, AES-256).
 * Keys and passwords stay in `folder`, which has to be private and is the caller's to remove.
 */
export async function makeThrowAwayIdentity(folder: string, commonName: string): Promise<ThrowAwayIdentity> {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): Promise<Buffer> => runOrThrow('openssl', args, { folder });
  const pfxPassword = randomBytes(18).toString('base64url');
  await writeFile(file('extensions.cnf'), EXTENSIONS);
  await writeFile(file('pfx-password.txt'), pfxPassword, { mode: 0o600 });

  const newKey = ['-newkey', 'rsa:2048', '-noenc', '-sha256'];
  await openssl('req', '-new', ...newKey, '-subj', `/CN=${commonName} CA`, '-keyout', 'ca.key', '-out', 'ca.csr');
  await openssl(
    'x509',
    '-req',
    '-in',
    'ca.csr',
    '-signkey',
    'ca.key',
    '-days',
    '2',
    '-extfile',
    'extensions.cnf',
    '-extensions',
    'ca',
    '-out',
    'ca.pem',
  );
  await openssl('req', '-new', ...newKey, '-subj', `/CN=${commonName}`, '-keyout', 'signer.key', '-out', 'signer.csr');
  await openssl(
    'x509',
    '-req',
    '-in',
    'signer.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'extensions.cnf',
    '-extensions',
    'signer',
    '-out',
    'signer.pem',
  );
  await openssl(
    'pkcs12',
    '-export',
    '-inkey',
    'signer.key',
    '-in',
    'signer.pem',
    '-certfile',
    'ca.pem',
    '-passout',
    'file:pfx-password.txt',
    '-out',
    'signer.pfx',
  );

  return { commonName, anchorPath: file('ca.pem'), pfx: await readFile(file('signer.pfx')), pfxPassword };
}
