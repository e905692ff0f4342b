import type { Pace } from './pace.ts';

/** From the last byte of a request to the end of its answer, on the reference machine. */
export const ANSWER_LIMIT_MS = 1_000;
/** How long others may wait for a cheap answer meanwhile, there. */
export const WAIT_LIMIT_MS = 200;
/** A machine that does something else for a moment spoils one of them, and not all. */
const TRIES = 3;

export interface Timed {
  readonly tookMs: number;
  /** Longest wait of others meanwhile; 0 where nobody looked. */
  readonly waitedMs: number;
}

export interface Judged<Result> {
  readonly result: Result;
  /** Both of the limits' shares that it took, the larger one: 1 is as much as it may. */
  readonly share: number;
}

/**
 * Times a request up to three times, until once it keeps within the limits, which grow with what the machine was slower just
 * before or after than the reference. Never throws for being slow: whoever asks looks at the share.
 */
export async function timedShare<Result extends Timed>(
  pace: Pick<Pace, 'slowness'>,
  send: () => Promise<Result>,
): Promise<Judged<Result>> {
  let best: Judged<Result> | undefined;
  for (let attempt = 0; attempt < TRIES && (best === undefined || best.share > 1); attempt += 1) {
    const before = pace.slowness();
    const result = await send();
    const slowness = Math.max(before, pace.slowness());
    const share = Math.max(result.tookMs / ANSWER_LIMIT_MS, result.waitedMs / WAIT_LIMIT_MS) / slowness;
    if (best === undefined || share < best.share) best = { result, share };
  }
  if (best === undefined) throw new Error('nothing was sent');
  return best;
}
