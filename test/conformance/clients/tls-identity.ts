import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOrThrow } from '../../../apps/keyman/src/tools/demo/programs.ts';

/** What a server on this machine needs for https, and its clients to believe it. All are paths of PEM files. */
export interface TlsIdentity {
  readonly authorityPath: string;
  readonly certificatePath: string;
  readonly keyPath: string;
}

const EXTENSIONS = `
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

/** Makes an authority of our own and a certificate for `localhost`, for two days. */
export async function makeTlsIdentity(folder: string): Promise<TlsIdentity> {
  const openssl = (...args: readonly string[]) => runOrThrow('openssl', args, { folder });
  await writeFile(join(folder, 'tls.cnf'), EXTENSIONS);
  for (const [name, subject] of [
    ['tls-ca', '/CN=Conformance TLS authority'],
    ['tls', '/CN=localhost'],
  ] as const) {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.csr`];
    await openssl('req', '-new', '-newkey', 'rsa:2048', '-noenc', '-sha256', '-subj', subject, ...out);
  }
  const made = (name: string, section: string, ...issuer: readonly string[]) => {
    const extensions = ['-extfile', 'tls.cnf', '-extensions', section];
    return openssl('x509', '-req', '-in', `${name}.csr`, ...issuer, '-days', '2', ...extensions, '-out', `${name}.pem`);
  };
  await made('tls-ca', 'authority', '-signkey', 'tls-ca.key');
  await made('tls', 'server', '-CA', 'tls-ca.pem', '-CAkey', 'tls-ca.key', '-CAcreateserial');
  const path = (name: string) => join(folder, name);
  return { authorityPath: path('tls-ca.pem'), certificatePath: path('tls.pem'), keyPath: path('tls.key') };
}
