/** One pass over this many octets is the piece of work; it takes so long on the machine that limits are told for. */
const WORK_BYTES = 8 * 1024 * 1024;
/** Two virtual cores of a Xeon server, nothing else on it, 2026-11-26. */
const REFERENCE_MS = 42;
/** A machine that is slower yet proves nothing. */
const MOST = 10;

/** How much slower than the reference this machine is right now, with all that runs beside the test. */
export class Pace {
  private readonly octets = new Uint8Array(WORK_BYTES).fill(0x41);

  constructor() {
    // The first pass is compiled on the way.
    this.slowness();
  }

  /** @returns 1 on the reference machine or a faster one */
  slowness(): number {
    const startedAt = performance.now();
    let found = 0;
    for (let index = 0; index < this.octets.length; index += 1) {
      const octet = this.octets[index] ?? 0;
      if (octet < 0x20 || octet === 0x3c) found += 1;
    }
    if (found > 0) throw new Error('the octets are all letters');
    return Math.min(MOST, Math.max(1, (performance.now() - startedAt) / REFERENCE_MS));
  }
}
