import { createHash, generateKeyPairSync, verify, createPublicKey } from 'node:crypto';
import { systemRandom, type Clock, type Random } from '@cinnabar/core';
import type { CustodySettingsInput, KeyCustody, SignatureRequest, SlotTicket } from '@cinnabar/custody';
import {
  InMemoryAttemptLedger,
  InMemoryCodeLedger,
  InMemoryKeyMover,
  InMemorySlotStore,
  openMemoryCustody,
} from '@cinnabar/custody/memory';
import { openPkcs11Custody, type Pkcs11Custody, type Pkcs11Settings } from '@cinnabar/custody/pkcs11';

/** A key pair as a PFX file would bring it. */
export interface TestKeyPair {
  readonly pkcs8Der: Uint8Array;
  readonly spkiDer: Uint8Array;
}

/** `kind`: `rsa-<bits>`, an EC curve by OpenSSL's name, or `ed25519`. */
export function createKeyPair(kind: string): TestKeyPair {
  const [, bits] = /^rsa-(\d+)$/.exec(kind) ?? [];
  const pair =
    bits !== undefined
      ? generateKeyPairSync('rsa', { modulusLength: Number(bits) })
      : kind === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: kind });
  return {
    pkcs8Der: pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
    spkiDer: pair.publicKey.export({ format: 'der', type: 'spki' }),
  };
}

/** A clock that tests move. */
export class TestClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 15, 12);

  now(): Date {
    return new Date(this.#nowMs);
  }

  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }
}

/** The database that several nodes share, as far as custody sees it. */
export class TestCustodyWorld {
  readonly clock = new TestClock();
  readonly ledger = new InMemoryAttemptLedger(this.clock);
  readonly slotStore = new InMemorySlotStore();
  readonly keyMover = new InMemoryKeyMover(this.slotStore);
  readonly codeLedger = new InMemoryCodeLedger();
  random: Random = systemRandom;
  readonly #nodes: KeyCustody[] = [];
  #certificates = 0;

  async openNode(pkcs11: Pkcs11Settings, settings?: CustodySettingsInput): Promise<Pkcs11Custody> {
    const custody = await openPkcs11Custody(pkcs11, this.#ports(), settings);
    this.#add(custody);
    return custody;
  }

  openMemoryNode(settings?: CustodySettingsInput): KeyCustody {
    return this.#add(openMemoryCustody(this.#ports(), settings));
  }

  /** Takes a key into custody for a certificate of its own, and stores it. */
  async protect(custody: KeyCustody, { pkcs8Der, spkiDer }: TestKeyPair, pin: string): Promise<SlotTicket> {
    this.#certificates += 1;
    return this.slotStore.add(
      await custody.protect({
        certid: `CERT${this.#certificates}`,
        holder: `user${this.#certificates}`,
        privateKeyPkcs8Der: pkcs8Der,
        publicKeySpkiDer: spkiDer,
        pin,
      }),
    );
  }

  /** The ticket as the application would read it now. */
  ticket({ slotId }: SlotTicket): SlotTicket {
    return this.slotStore.ticket(slotId, this.ledger);
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
  }

  #add(node: KeyCustody): KeyCustody {
    this.#nodes.push(node);
    return node;
  }

  #ports() {
    const { clock, random, ledger: attemptLedger, slotStore, keyMover, codeLedger } = this;
    return { clock, random, attemptLedger, slotStore, keyMover, codeLedger };
  }
}

const MESSAGE = Buffer.from('to be signed');

/** A request to sign the SHA-256 of a fixed message with the scheme that fits the key. */
export function testSignatureRequest({ spkiDer }: TestKeyPair): SignatureRequest {
  const publicKey = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
  return {
    scheme: publicKey.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'ecdsa',
    digestAlgorithm: 'SHA256',
    digest: createHash('sha256').update(MESSAGE).digest(),
    publicKeySpkiDer: spkiDer,
  };
}

/** Is it a signature over {@link testSignatureRequest}'s message, by OpenSSL's judgement? */
export function isTestSignature({ spkiDer }: TestKeyPair, signature: Uint8Array): boolean {
  return verify(
    'sha256',
    MESSAGE,
    createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' }),
    signature,
  );
}
