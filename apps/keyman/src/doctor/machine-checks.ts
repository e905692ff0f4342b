import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@cinnabar/core';
import { softHsmFolder } from '../token-settings.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { fail, finding, ok, warn, type Finding } from './finding.ts';

const MIB = 1024 * 1024;
const LITTLE_DISK_MIB = 1024;
const NO_DISK_MIB = 100;
const DAY_MS = 24 * 60 * 60_000;
const RENEW_DAYS = 14;
/** What keyman brings with it, and the oldest that may run it. */
const NODE = { brought: 24, oldest: 20 } as const;

/** What can be seen without database and HSM. */
export function machineChecks(settings: KeymanSettings, clock: Clock): Promise<Finding>[] {
  return [
    finding('Node', () => Promise.resolve(nodeVersion(process.versions.node))),
    finding('disk', () => freeSpace(settings.home)),
    finding('secrets', () => secretFiles(settings)),
    finding('network', () => wayIn(settings, clock)),
  ];
}

function nodeVersion(version: string) {
  const major = Number(version.split('.')[0]);
  if (major < NODE.oldest) return fail(`${version}; ${NODE.oldest} or newer is needed`);
  return major < NODE.brought ? warn(`${version}; keyman is tested with ${NODE.brought}`) : ok(version);
}

async function freeSpace(home: string) {
  const { bavail, bsize } = await statfs(home);
  const freeMib = Math.floor((bavail * bsize) / MIB);
  const detail = `${freeMib} MiB free under ${home}`;
  if (freeMib < NO_DISK_MIB) return fail(detail);
  return freeMib < LITTLE_DISK_MIB ? warn(detail) : ok(detail);
}

async function secretFiles({ home, pkcs11PinPath, tlsKeyPath }: KeymanSettings) {
  const own = ['pin', 'so-pin'].map((name) => join(softHsmFolder(home), name));
  const secret = [join(home, 'first-admin.txt'), join(home, 'secrets'), ...own, pkcs11PinPath, tlsKeyPath];
  const present = secret.filter((path) => path !== undefined).filter((path) => existsSync(path));
  const open: string[] = [];
  for (const path of present) if (((await stat(path)).mode & 0o077) !== 0) open.push(path);
  if (open.length > 0) return fail(`others may read ${open.join(', ')}: "chmod go-rwx" it`);
  return existsSync(join(home, 'first-admin.txt'))
    ? warn('first-admin.txt still lies there: change the password and delete it')
    : ok(`${present.length} files, for the server's user only`);
}

async function wayIn({ host, tls, trustedProxies }: KeymanSettings, clock: Clock) {
  if (tls === undefined) {
    return trustedProxies.length > 0
      ? ok(`${host} without TLS, behind the proxy ${trustedProxies.join(', ')}, which must end it`)
      : ok(`${host} without TLS: this machine only`);
  }
  const certificate = new X509Certificate(await readFile(tls.certificatePath));
  if (!certificate.checkPrivateKey(createPrivateKey(await readFile(tls.keyPath)))) {
    return fail('KEYMAN_TLS_KEY is not the key of KEYMAN_TLS_CERT');
  }
  const leftDays = Math.floor((certificate.validToDate.getTime() - clock.now().getTime()) / DAY_MS);
  const detail = `${host} with TLS; the certificate is valid until ${certificate.validToDate.toISOString()}`;
  if (leftDays < 0) return fail(detail);
  return leftDays < RENEW_DAYS ? warn(detail) : ok(detail);
}
