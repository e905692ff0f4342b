import { CodedError, equalInConstantTime, zero } from '@cinnabar/core';
import type { SlotDescription, SlotTicket } from '../protected-key.ts';
import { signatureVerifier, type SignatureVerifier } from '../signing/own-check.ts';
import type { TokenKey } from '../token.ts';

/** Why a key left the vault: someone asked for it (disabled, new PIN, locked), it was its time, or its handle died. */
export type EvictionReason = 'asked' | 'limit' | 'gone';

/** A key in the vault: what opened it, since when it is open, and how many signatures are using it right now. */
export class UnlockedKey {
  readonly slot: SlotDescription;
  readonly tokenKey: TokenKey;
  readonly unlockedAtMs: number;
  lastUsedAtMs: number;
  /**
   * Set by the first wrong PIN; until the right one has passed the ledger, every PIN goes through it. Otherwise
   * guesses sent at once would each be compared with the vault before any of them is counted.
   */
  contested = false;
  evicted: EvictionReason | undefined;
  readonly #secretTag: Uint8Array;
  #verifier: SignatureVerifier | undefined;
  #references = 0;
  readonly #unused = Promise.withResolvers<undefined>();

  constructor(slot: SlotDescription, tokenKey: TokenKey, secretTag: Uint8Array, nowMs: number) {
    this.slot = slot;
    this.tokenKey = tokenKey;
    this.#secretTag = Uint8Array.from(secretTag);
    this.unlockedAtMs = nowMs;
    this.lastUsedAtMs = nowMs;
  }

  matches(ticket: SlotTicket): boolean {
    const { slot } = this;
    return (
      slot.certid === ticket.certid &&
      slot.slotId === ticket.slotId &&
      slot.slotVersion === ticket.slotVersion &&
      slot.keyVersion === ticket.keyVersion
    );
  }

  wasOpenedBy(secretTag: Uint8Array): boolean {
    return equalInConstantTime(this.#secretTag, secretTag);
  }

  /** The verifier for a certificate's public key; made once, since all signatures of a key bring the same one. */
  verifierFor(publicKeySpkiDer: Uint8Array): SignatureVerifier {
    if (this.#verifier === undefined || Buffer.compare(this.#verifier.publicKeySpkiDer, publicKeySpkiDer) !== 0) {
      this.#verifier = signatureVerifier(publicKeySpkiDer, this.tokenKey.keyType);
    }
    return this.#verifier;
  }

  /** Keeps the key from being destroyed until the returned function is called. */
  hold(): () => void {
    this.#references += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#references -= 1;
      this.#settle();
    };
  }

  /** No new use; resolves when the last one in flight is done. */
  retire(reason: EvictionReason): Promise<undefined> {
    this.evicted ??= reason;
    zero(this.#secretTag);
    this.#settle();
    return this.#unused.promise;
  }

  #settle(): void {
    if (this.evicted !== undefined && this.#references === 0) this.#unused.resolve(undefined);
  }
}

/** @throws CodedError `not-authorised` outside the dates that the slot was sealed with */
export function checkSlotDates({ validFromAt, validToAt }: SlotDescription, nowMs: number): void {
  const early = validFromAt !== undefined && nowMs < validFromAt.getTime();
  const late = validToAt !== undefined && nowMs >= validToAt.getTime();
  if (early || late) throw new CodedError('not-authorised', 'the key may not be used at this time');
}
