/** Latencies in milliseconds, counted in steps of 0.05 ms, so that a million of them take no room. */
export class LatencyRecord {
  /** Step → how often. */
  readonly samples: Record<number, number>;

  constructor(samples: Record<number, number> = {}) {
    this.samples = samples;
  }

  add(latencyMs: number): void {
    const step = Math.round(latencyMs / STEP_MS);
    this.samples[step] = (this.samples[step] ?? 0) + 1;
  }

  addAll(other: LatencyRecord): void {
    for (const [step, times] of Object.entries(other.samples))
      this.samples[Number(step)] = (this.samples[Number(step)] ?? 0) + times;
  }

  get count(): number {
    return Object.values(this.samples).reduce((sum, times) => sum + times, 0);
  }

  /** @param share e.g. 0.99 */
  percentileMs(share: number): number {
    const wanted = Math.ceil(this.count * share);
    let seen = 0;
    for (const step of Object.keys(this.samples)
      .map(Number)
      .sort((left, right) => left - right)) {
      seen += this.samples[step] ?? 0;
      if (seen >= wanted) return step * STEP_MS;
    }
    return Number.NaN;
  }
}

const STEP_MS = 0.05;
