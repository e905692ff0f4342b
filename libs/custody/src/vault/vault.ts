import { CodedError, type Clock } from '@cinnabar/core';
import type { VaultLimits } from '../custody-settings.ts';
import type { SlotDescription, SlotTicket } from '../protected-key.ts';
import type { TokenKey } from '../token.ts';
import { UnlockedKey, type EvictionReason } from './unlocked-key.ts';

/** An unlock under way. An eviction that comes before it ends cancels it: what it unlocked is never used. */
export interface PendingUnlock {
  readonly certid: string;
  cancelled: boolean;
}

/** The unlocked keys of this process: bounded in number, idle and absolute time; a key in use is destroyed after its use. */
export class Vault {
  readonly #clock: Clock;
  readonly #limits: VaultLimits;
  readonly #destroy: (key: TokenKey) => Promise<void>;
  /** By slot id, least recently used first. */
  readonly #keys = new Map<string, UnlockedKey>();
  readonly #slotsOfCertificate = new Map<string, Set<string>>();
  readonly #pending = new Set<PendingUnlock>();
  /** Destructions under way, by certificate, so that an eviction also waits for those begun earlier. */
  readonly #endings = new Map<Promise<void>, string>();

  constructor(clock: Clock, limits: VaultLimits, destroy: (key: TokenKey) => Promise<void>) {
    this.#clock = clock;
    this.#limits = limits;
    this.#destroy = destroy;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** The unlocked key of exactly these versions, if it is within its time. Counts as a use. */
  find(ticket: SlotTicket): UnlockedKey | undefined {
    const key = this.#keys.get(ticket.slotId);
    if (key === undefined) return undefined;
    const nowMs = this.#now();
    if (!key.matches(ticket) || this.#isPastTime(key, nowMs)) {
      this.#remove(key, 'limit');
      return undefined;
    }
    key.lastUsedAtMs = nowMs;
    this.#keys.delete(ticket.slotId);
    this.#keys.set(ticket.slotId, key);
    return key;
  }

  beginUnlock(certid: string): PendingUnlock {
    const pending = { certid, cancelled: false };
    this.#pending.add(pending);
    return pending;
  }

  endUnlock(pending: PendingUnlock): void {
    this.#pending.delete(pending);
  }

  /**
   * A use of a key that is never kept. An eviction waits for its end, and what it brings is then not released.
   * @throws CodedError `refused-in-state` when the certificate's keys were evicted meanwhile
   */
  async useOnce<T>(certid: string, use: () => Promise<T>): Promise<T> {
    const pending = this.beginUnlock(certid);
    const ending = Promise.withResolvers<undefined>();
    this.#endings.set(ending.promise, certid);
    try {
      const result = await use();
      if (pending.cancelled) throw new CodedError('refused-in-state', 'the certificate was changed meanwhile');
      return result;
    } finally {
      this.endUnlock(pending);
      this.#endings.delete(ending.promise);
      ending.resolve(undefined);
    }
  }

  /** Takes a key in. @throws CodedError `refused-in-state` when it was evicted while it was being unlocked */
  put(pending: PendingUnlock, slot: SlotDescription, tokenKey: TokenKey, secretTag: Uint8Array): UnlockedKey {
    const key = new UnlockedKey(slot, tokenKey, secretTag, this.#now());
    if (pending.cancelled) {
      this.#end(key, 'asked');
      throw new CodedError('refused-in-state', 'the certificate was changed meanwhile');
    }
    const former = this.#keys.get(slot.slotId);
    if (former !== undefined) this.#remove(former, 'limit');
    this.#keys.set(slot.slotId, key);
    const slots = this.#slotsOfCertificate.get(slot.certid) ?? new Set();
    this.#slotsOfCertificate.set(slot.certid, slots.add(slot.slotId));
    for (const oldest of this.#keys.values()) {
      if (this.#keys.size <= this.#limits.maximumKeys) break;
      this.#remove(oldest, 'limit');
    }
    return key;
  }

  /** Resolves when no signature of the certificate is in flight any more and its keys are destroyed. */
  async evict(certid: string): Promise<void> {
    for (const pending of this.#pending) if (pending.certid === certid) pending.cancelled = true;
    for (const slotId of this.#slotsOfCertificate.get(certid) ?? []) this.evictSlot(slotId);
    await Promise.all([...this.#endings].filter(([, owner]) => owner === certid).map(([ending]) => ending));
  }

  evictSlot(slotId: string): void {
    const key = this.#keys.get(slotId);
    if (key !== undefined) this.#remove(key, 'asked');
  }

  /** Removes one key whose handle is dead; the token has nothing to destroy. */
  drop(key: UnlockedKey): void {
    if (this.#keys.get(key.slot.slotId) === key) this.#remove(key, 'gone');
  }

  async clear(): Promise<void> {
    for (const pending of this.#pending) pending.cancelled = true;
    for (const key of this.#keys.values()) this.#remove(key, 'asked');
    await Promise.all(this.#endings.keys());
  }

  /** All handles are dead: the vault session or the HSM is gone. */
  forget(): void {
    for (const key of this.#keys.values()) this.#remove(key, 'gone');
  }

  /** Destroys what is past its time, without waiting for someone to ask for it. */
  sweep(): void {
    const nowMs = this.#now();
    for (const key of this.#keys.values()) if (this.#isPastTime(key, nowMs)) this.#remove(key, 'limit');
  }

  #isPastTime({ lastUsedAtMs, unlockedAtMs }: UnlockedKey, nowMs: number): boolean {
    return nowMs - lastUsedAtMs >= this.#limits.idleTtlMs || nowMs - unlockedAtMs >= this.#limits.absoluteTtlMs;
  }

  #remove(key: UnlockedKey, reason: EvictionReason): void {
    const { slotId, certid } = key.slot;
    this.#keys.delete(slotId);
    const slots = this.#slotsOfCertificate.get(certid);
    slots?.delete(slotId);
    if (slots?.size === 0) this.#slotsOfCertificate.delete(certid);
    this.#end(key, reason);
  }

  #end(key: UnlockedKey, reason: EvictionReason): void {
    const ending = key.retire(reason).then(() => (reason === 'gone' ? undefined : this.#destroy(key.tokenKey)));
    this.#endings.set(ending, key.slot.certid);
    void ending.finally(() => this.#endings.delete(ending));
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
