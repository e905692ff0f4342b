import type { KeyMover } from '../ports.ts';
import type { ProtectedKey } from '../protected-key.ts';
import type { Token } from '../token.ts';
import type { KeyProtection } from './key-protection.ts';

/**
 * Moves keys to the newest KEK while their owner has them open. The data key and the key's version stay, so that every
 * slot of the key goes on opening it; only the sealed blob and the KEK that it names change.
 */
export class KeyMoves {
  readonly #token: Token;
  readonly #protection: KeyProtection;
  readonly #mover: KeyMover | undefined;

  constructor(token: Token, protection: KeyProtection, mover: KeyMover | undefined) {
    this.#token = token;
    this.#protection = protection;
    this.#mover = mover;
  }

  /** Never fails: the key is as usable as before, and its next unlock tries again. */
  async moveIfOld(previous: ProtectedKey, dataKey: Uint8Array): Promise<void> {
    if (this.#mover === undefined || previous.kekVersion >= this.#token.currentKekVersion) return;
    try {
      const moved = await this.#protection.move(previous, dataKey);
      await this.#mover.store({ previous, moved });
    } catch (error) {
      this.#mover.failed(previous, error);
    }
  }
}
