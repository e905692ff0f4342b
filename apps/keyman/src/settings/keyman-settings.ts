import { availableParallelism } from 'node:os';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { readSyslogAddress } from '@cinnabar/audit';
import { readSettings, type Environment, type Values } from '@cinnabar/config';
import { DECLARED } from './declarations.ts';

/** With so many operations on their way none of the cores idles while others wait for their audit record. */
const BUSY_OPERATIONS = 4 * availableParallelism();

type Raw = Values<typeof DECLARED>;

export type KeymanSettings = ReturnType<typeof readKeymanSettings>;

/**
 * keyman's settings, checked also against each other.
 *
 * @throws SettingsProblem
 */
export function readKeymanSettings(environment: Environment) {
  const raw = readSettings(DECLARED, environment, problemsOf);
  const workerThreads = raw.workerThreads ?? Math.max(1, availableParallelism() - 1);
  return {
    ...raw,
    home: resolve(raw.home),
    tls:
      raw.tlsCertificatePath === undefined || raw.tlsKeyPath === undefined
        ? undefined
        : { certificatePath: raw.tlsCertificatePath, keyPath: raw.tlsKeyPath },
    envelope: { alwaysErrorObject: raw.alwaysErrorObject, httpStatusErrors: raw.httpStatusErrors },
    rates: {
      address: { perSecond: raw.addressRate, burst: raw.addressBurst },
      user: { perSecond: raw.userRate, burst: raw.userBurst },
    },
    attemptLimits: { triesInRow: raw.pinTriesInRow, triesPerDay: raw.pinTriesPerDay },
    passwordCost: {
      memoryKib: raw.passwordMemoryKib,
      passes: raw.passwordPasses,
      parallelism: raw.passwordParallelism,
    },
    slotCost: { memoryKib: raw.slotMemoryKib, passes: raw.slotPasses, parallelism: raw.slotParallelism },
    code: { digits: raw.codeDigits, ttlMs: raw.codeTtlMs, tries: raw.codeTries },
    vault: { maximumKeys: raw.unlockedKeys, idleTtlMs: raw.unlockedIdleMs, absoluteTtlMs: raw.unlockedMaxMs },
    pfx: { maxPfxBytes: raw.pfxMaxBytes, maxIterations: raw.pfxMaxIterations },
    sealer: {
      batchRecords: raw.sealerBatch,
      lingerMs: raw.sealerWaitMs,
      busyOperations: BUSY_OPERATIONS,
      queueRecords: raw.sealerQueue,
      timeoutMs: raw.sealerLimitMs,
    },
    chainLimits: { maxAgeMs: raw.chainDays * 86_400_000, maxRecords: raw.chainRecords },
    checkpoints: {
      everyMs: raw.checkpointMs,
      everyRecords: raw.checkpointRecords,
      path: resolve(raw.checkpointPath ?? join(raw.home, 'audit-checkpoints.jsonl')),
      syslog: raw.syslog === undefined ? undefined : readSyslogAddress(raw.syslog),
    },
    workerThreads,
  };
}

function problemsOf(raw: Partial<Raw>): string[] {
  const problems: string[] = [];
  const { host, trustedProxies = [] } = raw;
  if ((raw.tlsCertificatePath === undefined) !== (raw.tlsKeyPath === undefined)) {
    problems.push('KEYMAN_TLS_CERT and KEYMAN_TLS_KEY belong together: set both or neither.');
  }
  if (host !== undefined && !isLoopback(host) && raw.tlsCertificatePath === undefined && trustedProxies.length === 0) {
    problems.push(
      `KEYMAN_HOST "${host}" would send passwords and PINs in the clear: set KEYMAN_TLS_CERT and KEYMAN_TLS_KEY, or KEYMAN_TRUSTED_PROXY to the proxy that ends TLS, or listen on 127.0.0.1.`,
    );
  }
  for (const proxy of trustedProxies) {
    const [address = '', ...prefix] = proxy.split('/');
    const good =
      isIP(address) !== 0 && (prefix.length === 0 || (prefix.length === 1 && /^\d{1,3}$/.test(prefix[0] ?? '')));
    if (!good) problems.push(`KEYMAN_TRUSTED_PROXY names "${proxy}", which is neither an address nor a network.`);
  }
  if (raw.migrationUrl !== undefined && raw.databaseUrl === undefined) {
    problems.push('DATABASE_MIGRATION_URL is set without DATABASE_URL: set both, or neither for a private database.');
  }
  if (raw.syslog !== undefined && readSyslogAddress(raw.syslog) === undefined) {
    problems.push('KEYMAN_SYSLOG is not of the form udp://host:port, tcp://host:port or unix:/dev/log.');
  }
  return problems;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
