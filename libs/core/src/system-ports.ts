import { randomBytes } from 'node:crypto';
import type { Clock, Random } from './ports.ts';

/** The machine's own clock, for composition roots. */
export const systemClock: Clock = { now: () => new Date() };

/** OpenSSL's generator, for composition roots. */
export const systemRandom: Random = { bytes: (length) => randomBytes(length) };
