import { MAX_DECODED_BYTES, MAX_DECODED_BYTES_TOTAL } from '../limits.ts';
import { unreadable } from '../unreadable.ts';

/** How much decoding a document may still cause. A small stream that decodes to gigabytes ends here. */
export class DecodeBudget {
  #left = MAX_DECODED_BYTES_TOTAL;

  /** The most bytes that the next stream may decode to. */
  get limit(): number {
    return Math.min(this.#left, MAX_DECODED_BYTES);
  }

  spend(bytes: number): void {
    if (bytes > this.limit) throw tooLarge();
    this.#left -= bytes;
  }
}

export const tooLarge = (cause?: unknown) => unreadable('a stream decodes to more bytes than are allowed', cause);
