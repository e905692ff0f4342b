import { execFileSync } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateToPem } from '@cinnabar/x509';

export interface PfxContents {
  readonly privateKey: KeyObject;
  readonly certificateDer: Uint8Array;
  readonly chainDer: readonly Uint8Array[];
}

export interface PfxOptions {
  /** As old Windows wrote it: certificates under RC2-40, the key under 3DES, a SHA-1 MAC. */
  readonly legacy?: boolean;
  readonly friendlyName?: string;
  /** Further arguments of `openssl pkcs12 -export`, e.g. `['-keypbe', 'AES-128-CBC', '-macalg', 'sha512']`. */
  readonly opensslArguments?: readonly string[];
}

/** Writes a PFX file with the `openssl` program and gives its bytes. */
export function toPfx(contents: PfxContents, password: string, options: PfxOptions = {}): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'test-pfx-'));
  try {
    const keyPem = contents.privateKey.export({ format: 'pem', type: 'pkcs8' });
    const certificatesPem = [contents.certificateDer, ...contents.chainDer].map((der) => certificateToPem(der));
    writeFileSync(join(folder, 'in.pem'), [keyPem, ...certificatesPem].join(''), { mode: 0o600 });
    const friendlyName = options.friendlyName === undefined ? [] : ['-name', options.friendlyName];
    const legacy = options.legacy ? ['-legacy'] : [];
    execFileSync(
      'openssl',
      [
        'pkcs12',
        '-export',
        '-in',
        'in.pem',
        '-out',
        'out.pfx',
        '-passout',
        'env:PFX_PASSWORD',
        ...legacy,
        ...friendlyName,
        ...(options.opensslArguments ?? []),
      ],
      { cwd: folder, env: { ...process.env, PFX_PASSWORD: password }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return readFileSync(join(folder, 'out.pfx'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
