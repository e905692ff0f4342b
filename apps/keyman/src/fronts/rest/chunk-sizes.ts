/** So many chunks may be of any size: some clients write a small body a few bytes at a time. */
const FREE_CHUNKS = 4_096;
/** What the chunks of a longer body hold on average at the least; the smallest TCP segments of honest networks hold more. */
const MIN_MEAN_BYTES = 32;

/**
 * Watches the chunks of one body. Each costs microseconds whatever it holds, so that a body of 8 MiB in chunks of one byte
 * would take the event loop most of ten seconds.
 */
export class ChunkSizes {
  private chunks = 0;
  private bytes = 0;

  /** Is this the chunk by which they are too small, all in all? */
  areTooSmallWith({ length }: Uint8Array): boolean {
    this.chunks += 1;
    this.bytes += length;
    return this.chunks > FREE_CHUNKS && this.bytes < this.chunks * MIN_MEAN_BYTES;
  }
}
