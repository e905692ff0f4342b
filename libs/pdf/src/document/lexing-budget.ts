import { maxLexedBytes } from '../limits.ts';
import { unreadable } from '../unreadable.ts';

/** How much syntax may still be read of a document; objects that overlap are read again and again otherwise. */
export class LexingBudget {
  #left: number;

  constructor(sourceLength: number) {
    this.#left = maxLexedBytes(sourceLength);
  }

  get isLeft(): boolean {
    return this.#left >= 0;
  }

  get left(): number {
    return Math.max(0, this.#left);
  }

  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw unreadable('it takes too much work to read');
  }
}
