import { RunningKeyman } from '../test/e2e/running-keyman.ts';
import { addSigners, BENCH_PIN, type Signers } from './bench-server.ts';
import { LatencyRecord } from './load/latency-record.ts';
import { forSeconds, runLoad, type Target } from './load/run-load.ts';
import type { BenchOptions } from './options.ts';
import { round, sideOf, SIGN_HASH_PATH, signRequests } from './sign-hash.ts';

/** Enough that each has been forgotten when its turn comes again: the server keeps two unlocked keys. */
const COLD_KEYS = 24;

export interface ColdPinResult {
  readonly coldPerSecond: number;
  readonly coldP50Ms: number;
  readonly warmPerSecond: number;
  readonly warmPerSecondBesideCold: number;
  /** What one cold PIN at a time leaves of the warm rate. */
  readonly warmShare: number;
}

/** Cold PINs on a server that remembers two keys, so that a round over many owners never finds one unlocked. */
export async function benchColdPin(
  { connections, seconds, turns }: BenchOptions,
  tell: (line: string) => void,
): Promise<ColdPinResult> {
  const keyman = await RunningKeyman.start({ KEYMAN_UNLOCKED_KEYS: '2' });
  try {
    const [warmSigner, ...coldSigners] = await addSigners(keyman, COLD_KEYS + 1);
    if (warmSigner === undefined) throw new Error('there is no signer');
    const target: Target = { url: keyman.url, token: warmSigner.client.token ?? '' };
    const bodyOf = signRequests(warmSigner.certids[0] ?? '');
    const warmLoad = () => runLoad(target, SIGN_HASH_PATH, bodyOf, forSeconds(seconds), connections);
    await warmLoad();
    const [warm, beside, cold] = [new LatencyRecord(), new LatencyRecord(), new LatencyRecord()];
    for (let turn = 1; turn <= turns; turn++) {
      warm.addAll(await warmLoad());
      const [besideTurn, coldTurn] = await Promise.all([warmLoad(), coldPins(coldSigners, seconds)]);
      beside.addAll(besideTurn);
      cold.addAll(coldTurn);
      tell(
        `turn ${turn} of ${turns}: ${Math.round(besideTurn.count / seconds)}/s warm beside ${round(coldTurn.count / seconds)}/s cold`,
      );
    }
    const total = seconds * turns;
    const [warmSide, besideSide, coldSide] = [sideOf(warm, total), sideOf(beside, total), sideOf(cold, total)];
    return {
      coldPerSecond: round(cold.count / total),
      coldP50Ms: coldSide.p50Ms,
      warmPerSecond: warmSide.perSecond,
      warmPerSecondBesideCold: besideSide.perSecond,
      warmShare: round(beside.count / warm.count),
    };
  } finally {
    await keyman.remove();
  }
}

/** One cold PIN at a time, each of another owner. */
async function coldPins(signers: readonly Signers[], seconds: number): Promise<LatencyRecord> {
  const record = new LatencyRecord();
  const until = performance.now() + seconds * 1000;
  for (let index = 0; performance.now() < until; index++) {
    const signer = signers[index % signers.length];
    if (signer === undefined) break;
    const startedAt = performance.now();
    await signer.client.ok('Cert/PinCheck', { cert: { certid: signer.certids[0], pin: BENCH_PIN } });
    record.add(performance.now() - startedAt);
  }
  return record;
}
