import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A CA that is none of ours: a root and an intermediate, made and used by the `openssl` program. */
export class OpensslCa {
  private readonly folder = mkdtempSync(join(tmpdir(), 'openssl-ca-'));
  private count = 0;

  constructor(name = 'Ajena') {
    writeFileSync(join(this.folder, 'ca.ext'), 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n');
    const subject = (what: string) => ['-subj', `/C=ES/O=CA ${name}/CN=${what} ${name}`];
    this.run('req', '-x509', ...NEW_KEY, ...subject('Root'), '-days', '30', '-keyout', 'root.key', '-out', 'root.pem');
    this.run('req', '-new', ...NEW_KEY, ...subject('Users'), '-keyout', 'users.key', '-out', 'users.csr');
    const signed = ['-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-extfile', 'ca.ext', '-days', '30'];
    this.run('x509', '-req', '-in', 'users.csr', ...signed, '-out', 'users.pem');
  }

  /** The intermediate and the root, DER. */
  get chainDer(): readonly Buffer[] {
    return ['users.pem', 'root.pem'].map((name) => this.run('x509', '-in', name, '-outform', 'DER'));
  }

  get chainPem(): string {
    return ['users.pem', 'root.pem'].map((name) => readFileSync(join(this.folder, name), 'latin1')).join('');
  }

  /** What `openssl req` says of a request; it fails where the signature is not its key's. */
  verifyRequest(csr: Buffer, ...options: readonly string[]): string {
    const path = this.write('csr', csr);
    return this.run('req', '-inform', 'DER', '-in', path, '-verify', '-noout', ...options).toString();
  }

  /** A certificate for a request, DER, signed by the intermediate; valid from now on. */
  issue(csr: Buffer, days = 20): Buffer {
    const path = this.write('csr', csr);
    const signed = ['-CA', 'users.pem', '-CAkey', 'users.key', '-CAcreateserial', '-days', String(days)];
    return this.run('x509', '-req', '-inform', 'DER', '-in', path, ...signed, '-outform', 'DER');
  }

  toPem(cer: Buffer): string {
    return this.run('x509', '-inform', 'DER', '-in', this.write('cer', cer)).toString();
  }

  /** Verifies the certificate's path up to the root. @throws Error where OpenSSL does not */
  verifyPath(cer: Buffer): void {
    writeFileSync(join(this.folder, 'leaf.pem'), this.toPem(cer));
    this.run('verify', '-CAfile', 'root.pem', '-untrusted', 'users.pem', 'leaf.pem');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private write(kind: string, bytes: Buffer): string {
    const path = join(this.folder, `${++this.count}.${kind}`);
    writeFileSync(path, bytes);
    return path;
  }

  private run(...parameters: readonly string[]): Buffer {
    return execFileSync('openssl', [...parameters], { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}
