import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DigestSignature {
  readonly publicKeyPem: string;
  readonly digest: Buffer;
  readonly signature: Buffer;
}

/** Does `openssl pkeyutl` take the signature over a digest? `options` are its `-pkeyopt`s, e.g. `digest:sha256`. */
export function opensslVerifies(
  { publicKeyPem, digest, signature }: DigestSignature,
  options: readonly string[],
): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'pkeyutl-'));
  try {
    for (const [name, content] of Object.entries({ key: publicKeyPem, digest, signature }))
      writeFileSync(join(folder, name), content);
    const files = ['-pubin', '-inkey', 'key', '-in', 'digest', '-sigfile', 'signature'];
    const pkeyopts = options.flatMap((option) => ['-pkeyopt', option]);
    const { status } = spawnSync('openssl', ['pkeyutl', '-verify', ...files, ...pkeyopts], { cwd: folder });
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
