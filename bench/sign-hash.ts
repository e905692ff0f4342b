import { randomBytes } from 'node:crypto';
import { findPkcs11Module } from '@cinnabar/custody/pkcs11';
import { postmasterPid } from '../test/e2e/database-roles.ts';
import { RunningKeyman } from '../test/e2e/running-keyman.ts';
import { BareLoop } from './bare-loop.ts';
import { addSigners, BENCH_PIN } from './bench-server.ts';
import { clusterCpuSeconds, cpuSeconds } from './cpu-seconds.ts';
import { LatencyRecord } from './load/latency-record.ts';
import { forSeconds, runLoad, type Target } from './load/run-load.ts';
import type { BenchOptions } from './options.ts';
import { residentMib } from './resident-memory.ts';

export const SIGN_HASH_PATH = '/Keyman/rest/v3/Sign/Hash';
/** As the server's own pool: 4 for each of two cores. */
const SESSIONS = 8;

export interface SignHashResult {
  readonly connections: number;
  readonly rsaBits: number;
  readonly secondsPerSide: number;
  readonly bare: Side;
  readonly keyman: Side;
  /** keyman's rate over the bare one's. */
  readonly ratio: number;
  readonly p99Ratio: number;
  /** CPU time of one signature by who spends it, in milliseconds: it holds also on a machine that does other things. */
  readonly cpuMsPerSignature: CpuShares;
  readonly residentMibBefore: number;
  readonly residentMibAfter: number;
}

interface CpuShares {
  readonly bare: number;
  readonly keyman: number;
  readonly postgresql: number;
  /** The load generator. */
  readonly client: number;
}

interface Side {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The server and the ceiling in turns, so that whatever else the machine does meets both. */
export async function benchSignHash(
  { connections, seconds, turns, warmUpSeconds, rsaBits }: BenchOptions,
  tell: (line: string) => void,
): Promise<SignHashResult> {
  const keyman = await RunningKeyman.start();
  const bareLoop = await BareLoop.start(keyman.home, findPkcs11Module(), SESSIONS, rsaBits);
  try {
    const [signer] = await addSigners(keyman, 1, rsaBits);
    const target: Target = { url: keyman.url, token: signer?.client.token ?? '' };
    const bodyOf = signRequests(signer?.certids[0] ?? '');
    tell(`warming up, ${warmUpSeconds} s each`);
    await bareLoop.run(warmUpSeconds, connections);
    await runLoad(target, SIGN_HASH_PATH, bodyOf, forSeconds(warmUpSeconds), connections);
    const residentMibBefore = residentMib(keyman.pid);
    const bare = new LatencyRecord();
    const served = new LatencyRecord();
    const cpu = { bare: 0, keyman: 0, postgresql: 0, client: 0 };
    const postmaster = postmasterPid(keyman.home);
    for (let turn = 1; turn <= turns; turn++) {
      cpu.bare -= cpuSeconds(bareLoop.pid);
      const bareTurn = await bareLoop.run(seconds, connections);
      cpu.bare += cpuSeconds(bareLoop.pid);
      cpu.keyman -= cpuSeconds(keyman.pid);
      cpu.postgresql -= clusterCpuSeconds(postmaster);
      cpu.client -= cpuSeconds(process.pid);
      const servedTurn = await runLoad(target, SIGN_HASH_PATH, bodyOf, forSeconds(seconds), connections);
      cpu.keyman += cpuSeconds(keyman.pid);
      cpu.postgresql += clusterCpuSeconds(postmaster);
      cpu.client += cpuSeconds(process.pid);
      bare.addAll(bareTurn);
      served.addAll(servedTurn);
      tell(
        `turn ${turn} of ${turns}: bare ${Math.round(bareTurn.count / seconds)}/s, keyman ${Math.round(servedTurn.count / seconds)}/s`,
      );
    }
    const total = seconds * turns;
    const [bareSide, servedSide] = [sideOf(bare, total), sideOf(served, total)];
    return {
      connections,
      rsaBits,
      secondsPerSide: total,
      bare: bareSide,
      keyman: servedSide,
      ratio: round(served.count / bare.count),
      p99Ratio: round(servedSide.p99Ms / bareSide.p99Ms),
      cpuMsPerSignature: {
        bare: perSignature(cpu.bare, bare),
        keyman: perSignature(cpu.keyman, served),
        postgresql: perSignature(cpu.postgresql, served),
        client: perSignature(cpu.client, served),
      },
      residentMibBefore,
      residentMibAfter: residentMib(keyman.pid),
    };
  } finally {
    await bareLoop.stop();
    await keyman.remove();
  }
}

/** Enough that nobody could answer from what he answered before. */
const DIFFERENT_REQUESTS = 1024;

/** Sign/Hash over one random digest after the other; written beforehand, since the client's work is taken from the server. */
export function signRequests(certid: string): () => string {
  const bodies = Array.from({ length: DIFFERENT_REQUESTS }, () =>
    JSON.stringify({
      cert: { certid, pin: BENCH_PIN },
      hash: { algorithm: 'SHA256', digest: randomBytes(32).toString('base64') },
      caller: { app: 'bench', host: 'bench' },
    }),
  );
  let next = 0;
  return () => bodies[next++ % DIFFERENT_REQUESTS] ?? '';
}

export function sideOf(record: LatencyRecord, seconds: number): Side {
  return {
    perSecond: Math.round(record.count / seconds),
    p50Ms: round(record.percentileMs(0.5)),
    p99Ms: round(record.percentileMs(0.99)),
  };
}

function perSignature(seconds: number, { count }: LatencyRecord): number {
  return round((seconds * 1000) / count);
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
