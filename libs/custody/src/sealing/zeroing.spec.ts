import { describe, expect, it } from '@jest/globals';
import { systemRandom, type Random } from '@cinnabar/core';
import { createKeyPair, TestClock } from '@cinnabar/testing';
import { withDefaults } from '../custody-settings.ts';
import { InMemoryAttemptLedger, InMemorySlotStore } from '../memory/index.ts';
import { MemoryToken } from '../memory/memory-token.ts';
import { SlotCustody } from '../slot-custody.ts';
import type { Token, WrappedKey } from '../token.ts';

/** A real token that remembers the very buffers that it was given or gave. */
class RememberingToken extends MemoryToken implements Token {
  readonly seen: { readonly what: string; readonly bytes: Uint8Array; readonly atFirst: string }[] = [];

  remember(what: string, bytes: Uint8Array): void {
    this.seen.push({ what, bytes, atFirst: Buffer.from(bytes).toString('hex') });
  }

  override async hmac(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    this.remember('Argon2id hash', input);
    const slotKey = await super.hmac(input);
    this.remember('slot key', slotKey);
    return slotKey;
  }

  override unwrap(wrapped: WrappedKey) {
    this.remember('unsealed key', wrapped.wrappedKey);
    return super.unwrap(wrapped);
  }
}

describe('secret buffers', () => {
  it('are zeroed once they have served', async () => {
    const token = new RememberingToken(systemRandom);
    const clock = new TestClock();
    const random: Random = {
      bytes: (length) => {
        const bytes = systemRandom.bytes(length);
        if (length === 32) token.remember('random key', bytes);
        return bytes;
      },
    };
    const slotStore = new InMemorySlotStore();
    const ports = { clock, random, slotStore, attemptLedger: new InMemoryAttemptLedger(clock) };
    const custody = new SlotCustody(token, ports, withDefaults());
    const { pkcs8Der, spkiDer } = createKeyPair('rsa-2048');
    const pin = Buffer.from('my own buffer');
    const request = { certid: 'C', holder: 'h', privateKeyPkcs8Der: pkcs8Der, publicKeySpkiDer: spkiDer, pin };
    const ticket = slotStore.add(await custody.protect(request));
    await custody.opens(ticket, pin);
    await custody.changePin(ticket, pin, 'another');
    await expect(custody.changePin(ticket, 'wrong', 'another')).rejects.toThrow('wrong PIN');
    await custody.close();

    const kinds = new Set(token.seen.map(({ what }) => what));
    expect([...kinds].sort()).toEqual(['Argon2id hash', 'random key', 'slot key', 'unsealed key']);
    for (const { what, bytes, atFirst } of token.seen) {
      expect([what, /[1-9a-f]/.test(atFirst)]).toEqual([what, true]);
      expect([what, bytes.every((octet) => octet === 0)]).toEqual([what, true]);
    }
    // What the caller brought is the caller's.
    expect(pin.toString()).toBe('my own buffer');
  });
});
