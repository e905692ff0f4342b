import { CodedError, zero } from '@cinnabar/core';
import { Argon2Threads } from './argon2/argon2-threads.ts';
import { ColdTries, type OpenedSlot } from './attempts/cold-tries.ts';
import { pinLocked } from './attempts/pin-errors.ts';
import { SecretTags } from './attempts/secret-tags.ts';
import { SlotTurns } from './attempts/slot-turns.ts';
import { CodeSealer } from './codes/code-sealer.ts';
import type { CodeRequest, CodeSlotRequest } from './codes/one-time-code.ts';
import { checkName, OneTimeCodes, type IssuedCode } from './codes/one-time-codes.ts';
import type { CustodySettings } from './custody-settings.ts';
import type {
  CustodyHealth,
  FirstSlot,
  GenerateRequest,
  KeyCustody,
  NewSlotRequest,
  ProtectRequest,
  Secret,
} from './key-custody.ts';
import type { CustodyPorts } from './ports.ts';
import type { KeySlot, ProtectedKey, SlotDescription, SlotTicket } from './protected-key.ts';
import { KeyMoves } from './sealing/key-moves.ts';
import { KeyProtection } from './sealing/key-protection.ts';
import { SlotSealer } from './sealing/slot-sealer.ts';
import { copyOfSecret, withSecretBytes } from './secret-bytes.ts';
import { checkSchemeFitsKey, checkSignatureRequest, type SignatureRequest } from './signature-request.ts';
import { releasedForm } from './signing/released-form.ts';
import { StaleTokenKey, type Token } from './token.ts';
import { checkSlotDates, type UnlockedKey } from './vault/unlocked-key.ts';
import { Vault } from './vault/vault.ts';

const SWEEP_INTERVAL_MS = 15_000;
/** A key may go between its unlock and its use (a small vault, a vault session that died): look again, but not for ever. */
const ATTEMPTS = 3;

interface HeldKey {
  readonly key: UnlockedKey;
  readonly release: () => void;
}

/** Slots, tries and vault over whichever token: the one implementation of KeyCustody, shared by all adapters. */
export class SlotCustody implements KeyCustody {
  readonly #token: Token;
  readonly #ports: CustodyPorts;
  readonly #argon2: Argon2Threads;
  readonly #sealer: SlotSealer;
  readonly #protection: KeyProtection;
  readonly #moves: KeyMoves;
  readonly #vault: Vault;
  readonly #tags: SecretTags;
  readonly #turns: SlotTurns;
  readonly #tries: ColdTries;
  readonly #codeSealer: CodeSealer;
  readonly #codes: OneTimeCodes;
  readonly #sweeper: NodeJS.Timeout;
  #closed = false;

  constructor(token: Token, ports: CustodyPorts, settings: CustodySettings) {
    this.#token = token;
    this.#ports = ports;
    this.#argon2 = new Argon2Threads(settings.argon2Threads, settings.argon2QueueLimit);
    this.#sealer = new SlotSealer(token, this.#argon2, ports.random, settings.slotCost);
    this.#protection = new KeyProtection(token, ports.random);
    this.#moves = new KeyMoves(token, this.#protection, ports.keyMover);
    this.#vault = new Vault(ports.clock, settings.vault, (key) => token.destroy(key));
    this.#tags = new SecretTags(ports.random);
    this.#turns = new SlotTurns(settings.slotQueueLimit);
    this.#tries = new ColdTries(ports, this.#argon2, this.#sealer, (slotId) => this.#vault.evictSlot(slotId));
    this.#codeSealer = new CodeSealer(token, ports.random);
    this.#codes = new OneTimeCodes(ports, this.#codeSealer, this.#turns, settings.code);
    token.onKeysLost(() => this.#vault.forget());
    this.#sweeper = setInterval(() => this.#vault.sweep(), SWEEP_INTERVAL_MS).unref();
  }

  async protect(request: ProtectRequest): Promise<{ key: ProtectedKey; slot: KeySlot }> {
    this.#checkOpen();
    return withSecretBytes(request.pin, async (pin) => {
      const { key, dataKey } = await this.#protection.protect(request);
      return { key, slot: await this.#firstSlot(key, request, pin, dataKey) };
    });
  }

  async generate(
    request: GenerateRequest,
  ): Promise<{ key: ProtectedKey; slot: KeySlot; publicKeySpkiDer: Uint8Array }> {
    this.#checkOpen();
    return withSecretBytes(request.pin, async (pin) => {
      const { certid, specification } = request;
      const { key, dataKey, publicKeySpkiDer } = await this.#protection.generate(certid, specification);
      return { key, slot: await this.#firstSlot(key, request, pin, dataKey), publicKeySpkiDer };
    });
  }

  async opens(ticket: SlotTicket, secret: Secret): Promise<void> {
    const { release } = await this.#acquire(ticket, secret);
    release();
  }

  async sign(ticket: SlotTicket, secret: Secret, request: SignatureRequest): Promise<Uint8Array> {
    checkSignatureRequest(request);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#signOnce(ticket, secret, request);
      } catch (error) {
        if (!(error instanceof StaleTokenKey)) throw error;
        // The vault session died under the key. It is out of the vault now, so the next attempt unlocks it cold.
        if (attempt === ATTEMPTS) {
          throw new CodedError('hsm-not-available', 'the HSM is not available', { cause: error });
        }
      }
    }
  }

  async signUnlocked(ticket: SlotTicket, secret: Secret, request: SignatureRequest): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    checkSignatureRequest(request);
    if (ticket.locked) return undefined;
    const bytes = copyOfSecret(secret);
    const key = this.#findOpenedBy(ticket, this.#tags.tag(ticket.slotId, bytes));
    zero(bytes);
    if (key === undefined) return undefined;
    try {
      return await this.#signHeld(this.#hold(key), request);
    } catch (error) {
      if (error instanceof StaleTokenKey) return undefined;
      throw error;
    }
  }

  async changePin(ticket: SlotTicket, secret: Secret, newSecret: Secret): Promise<KeySlot> {
    return withSecretBytes(newSecret, (newPin) =>
      this.#openInTurn(ticket, secret, async ({ slot, dataKey }) => {
        checkUnlocks(slot);
        const description = { ...slot, slotVersion: slot.slotVersion + 1 };
        return this.#sealer.seal(description, newPin, dataKey);
      }),
    );
  }

  async addSlot(ticket: SlotTicket, secret: Secret, { secret: slotSecret, ...slot }: NewSlotRequest): Promise<KeySlot> {
    return withSecretBytes(slotSecret, (newSecret) =>
      this.#openInTurn(ticket, secret, async ({ key: { certid, keyVersion }, slot: opened, dataKey }) => {
        checkMayMake(opened, slot);
        const identity = { certid, keyVersion, slotId: this.#newSlotId(), slotVersion: 1 };
        return this.#sealer.seal({ operations: [], ...slot, ...identity }, newSecret, dataKey);
      }),
    );
  }

  async reseal(ticket: SlotTicket, secret: Secret): Promise<{ key: ProtectedKey; slot: KeySlot }> {
    return withSecretBytes(secret, (bytes) =>
      this.#openInTurn(ticket, secret, async ({ key, slot, dataKey }) => {
        checkMayGovern(slot);
        const resealed = await this.#protection.reseal(key, dataKey);
        try {
          const { keyVersion } = resealed.key;
          const description = { ...slot, keyVersion, slotVersion: slot.slotVersion + 1 };
          return { key: resealed.key, slot: await this.#sealer.seal(description, bytes, resealed.dataKey) };
        } finally {
          zero(resealed.dataKey);
        }
      }),
    );
  }

  async addCodeSlot(ticket: SlotTicket, secret: Secret, { holder, destination }: CodeSlotRequest): Promise<KeySlot> {
    checkName('destination', destination);
    return this.#openInTurn(ticket, secret, ({ key: { certid, keyVersion }, slot, dataKey }) => {
      checkMayGovern(slot);
      const identity = { certid, keyVersion, slotId: this.#newSlotId(), slotVersion: 1 };
      return this.#codeSealer.sealSlot({ ...identity, kind: 'code', holder, operations: [] }, destination, dataKey);
    });
  }

  async requestCode(ticket: SlotTicket, request: CodeRequest): Promise<IssuedCode> {
    this.#checkOpen();
    return this.#codes.issue(ticket, request);
  }

  async signWithCode(
    ticket: SlotTicket,
    code: Secret,
    caller: string,
    request: SignatureRequest,
    approved = request.digest,
  ): Promise<Uint8Array> {
    this.#checkOpen();
    checkSignatureRequest(request);
    return withSecretBytes(code, (bytes) =>
      this.#vault.useOnce(ticket.certid, async () => {
        const { key, dataKey } = await this.#codes.spend(ticket, bytes, caller, approved);
        try {
          return await this.#protection.signOnce(key, dataKey, request);
        } finally {
          zero(dataKey);
        }
      }),
    );
  }

  evict(certid: string): Promise<void> {
    return this.#vault.evict(certid);
  }

  clear(): Promise<void> {
    return this.#vault.clear();
  }

  refreshRootKeys(): Promise<void> {
    this.#checkOpen();
    return this.#token.refreshRootKeys();
  }

  health(): CustodyHealth {
    const hsm = this.#token.available() && !this.#closed ? 'ready' : 'lost';
    return { hsm, unlockedKeys: this.#vault.size, waitingTries: this.#turns.waiting };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sweeper);
    await this.#vault.clear();
    await this.#argon2.close();
    await this.#token.close();
  }

  async #signOnce(ticket: SlotTicket, secret: Secret, request: SignatureRequest): Promise<Uint8Array> {
    return this.#signHeld(await this.#acquire(ticket, secret), request);
  }

  async #signHeld({ key, release }: HeldKey, request: SignatureRequest): Promise<Uint8Array> {
    try {
      checkSchemeFitsKey(request.scheme, key.tokenKey.keyType);
      const verifier = key.verifierFor(request.publicKeySpkiDer);
      const signature = await this.#token.sign(key.tokenKey, request);
      if (!(await verifier.verify(this.#token, key.tokenKey, request, signature))) {
        const { slotId, certid } = key.slot;
        this.#vault.evictSlot(slotId);
        throw new CodedError('internal', 'the signature could not be verified', { context: { certid } });
      }
      return releasedForm(request.scheme, signature);
    } catch (error) {
      if (error instanceof StaleTokenKey) this.#vault.drop(key);
      throw error;
    } finally {
      release();
    }
  }

  /** The unlocked key, held: warm after one HMAC comparison, otherwise in the slot's turn. */
  async #acquire(ticket: SlotTicket, secret: Secret): Promise<HeldKey> {
    this.#checkOpen();
    if (ticket.locked) throw pinLocked();
    return withSecretBytes(secret, async (bytes) => {
      const tag = this.#tags.tag(ticket.slotId, bytes);
      const warm = this.#findOpenedBy(ticket, tag);
      if (warm !== undefined) return this.#hold(warm);
      const equality = `${ticket.certid} ${ticket.slotVersion} ${ticket.keyVersion} ${Buffer.from(tag).toString('base64')}`;
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const key = await this.#turns.run(
          ticket.slotId,
          equality,
          () => this.#unlock(ticket, bytes, tag),
          (error) => this.#tries.countShared(ticket.slotId, error),
        );
        if (key.evicted === undefined) return this.#hold(key);
        if (key.evicted === 'asked') throw new CodedError('refused-in-state', 'the certificate was changed meanwhile');
      }
      throw new CodedError('too-many-requests', 'too many keys are in use');
    });
  }

  #hold(key: UnlockedKey): HeldKey {
    checkSlotDates(key.slot, this.#ports.clock.now().getTime());
    return { key, release: key.hold() };
  }

  /** The first wrong PIN makes the key contested, before anything else can be compared with it. */
  #findOpenedBy(ticket: SlotTicket, tag: Uint8Array): UnlockedKey | undefined {
    const key = this.#vault.find(ticket);
    if (key === undefined || key.contested) return undefined;
    if (key.wasOpenedBy(tag)) return key;
    key.contested = true;
    return undefined;
  }

  async #unlock(ticket: SlotTicket, secret: Uint8Array, tag: Uint8Array): Promise<UnlockedKey> {
    this.#checkOpen();
    const warm = this.#findOpenedBy(ticket, tag);
    if (warm !== undefined) return warm;
    const contested = this.#vault.find(ticket);
    if (contested !== undefined) {
      const right = contested.wasOpenedBy(tag);
      const triesLeft = await this.#tries.reserve(ticket.slotId);
      if (!right) this.#tries.refuse(ticket.slotId, triesLeft);
      await this.#tries.giveBack(ticket.slotId);
      contested.contested = false;
      return contested;
    }
    const pending = this.#vault.beginUnlock(ticket.certid);
    try {
      return await this.#tries.open(ticket, secret, async ({ key, slot, dataKey }) => {
        checkUnlocks(slot);
        const tokenKey = await this.#protection.unlock(key, dataKey);
        const unlocked = this.#vault.put(pending, slot, tokenKey, tag);
        await this.#moves.moveIfOld(key, dataKey);
        return unlocked;
      });
    } finally {
      this.#vault.endUnlock(pending);
    }
  }

  async #openInTurn<T>(ticket: SlotTicket, secret: Secret, use: (opened: OpenedSlot) => Promise<T>): Promise<T> {
    this.#checkOpen();
    if (ticket.locked) throw pinLocked();
    return withSecretBytes(secret, (bytes) =>
      this.#turns.run(ticket.slotId, undefined, () => this.#tries.open(ticket, bytes, use)),
    );
  }

  /** The owner's slot of a new key. Zeroes the data key. */
  async #firstSlot(
    key: ProtectedKey,
    { holder, firstSlot = { kind: 'pin' } }: { readonly holder: string; readonly firstSlot?: FirstSlot },
    pin: Uint8Array,
    dataKey: Uint8Array,
  ): Promise<KeySlot> {
    const { certid, keyVersion } = key;
    const slotId = this.#newSlotId();
    try {
      const identity = { certid, keyVersion, slotId, slotVersion: 1 };
      return await this.#sealer.seal({ ...identity, ...firstSlot, holder, operations: [] }, pin, dataKey);
    } finally {
      zero(dataKey);
    }
  }

  #newSlotId(): string {
    return Buffer.from(this.#ports.random.bytes(16)).toString('hex');
  }

  #checkOpen(): void {
    if (this.#closed) throw new CodedError('hsm-not-available', 'custody is closed');
  }
}

/** Who else may use the key is the owner's to say. @throws CodedError `not-authorised` */
function checkMayGovern({ kind }: SlotDescription): void {
  if (kind !== 'pin') throw new CodedError('not-authorised', 'only the owner gives the key to others');
}

/** An activation code makes its holder's first PIN and nothing else. @throws CodedError `not-authorised` */
function checkMayMake(opened: SlotDescription, wanted: Pick<SlotDescription, 'kind' | 'holder'>): void {
  const isFirstPin = opened.kind === 'activation' && wanted.kind === 'pin' && wanted.holder === opened.holder;
  if (!isFirstPin) checkMayGovern(opened);
}

/** Whoever holds a mailed code chooses a PIN with it and signs with that. @throws CodedError `refused-in-state` */
function checkUnlocks({ kind }: SlotDescription): void {
  if (kind === 'activation') throw new CodedError('refused-in-state', 'the key has no PIN yet');
}
