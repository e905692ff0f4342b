import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningKeyman } from '../test/e2e/running-keyman.ts';
import type { RestCaller } from '../test/e2e/rest-caller.ts';

export const BENCH_PIN = 'pin-of-the-bench';

export interface Signers {
  readonly client: RestCaller;
  readonly certids: readonly string[];
}

/** Imports `count` copies of one throw-away RSA key, each for a user of its own. */
export async function addSigners(keyman: RunningKeyman, count: number, rsaBits = 2048): Promise<readonly Signers[]> {
  const pfx = throwAwayPfx(rsaBits);
  const admin = await keyman.admin();
  const signers: Signers[] = [];
  for (let index = 0; index < count; index++) {
    const userid = `bench-${index}`;
    const pass = 'password-of-the-bench';
    await admin.ok('User/Add', { user: { userid, pass, email: `${userid}@example.test` }, disablenotify: true });
    const client = await keyman.logIn(userid, pass, 'bench');
    const { cert } = await client.ok('Cert/ImportPFX', {
      cert: { name: userid, newpin: BENCH_PIN },
      pfxdata: pfx.toString('base64'),
      pfxpass: 'bench',
    });
    signers.push({ client, certids: [(cert as { certid: string }).certid] });
  }
  return signers;
}

function throwAwayPfx(rsaBits: number): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'cinnabar-bench-'));
  const run = (args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  try {
    run([
      'req',
      '-x509',
      '-newkey',
      `rsa:${rsaBits}`,
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-days',
      '30',
      '-subj',
      '/CN=Bench',
    ]);
    run(['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem', '-out', 'bench.pfx', '-passout', 'pass:bench']);
    return readFileSync(join(folder, 'bench.pfx'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
