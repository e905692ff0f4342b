import { CodedError, zero } from '@cinnabar/core';
import type { SlotTurns } from '../attempts/slot-turns.ts';
import type { CodeSettings } from '../custody-settings.ts';
import type { CustodyPorts } from '../ports.ts';
import type { KeySlot, ProtectedKey, SlotTicket } from '../protected-key.ts';
import { checkSlotDates } from '../vault/unlocked-key.ts';
import { randomDigits } from './code-digits.ts';
import { codesLocked, noCodeWaiting, wrongCode } from './code-errors.ts';
import type { CodeSealer } from './code-sealer.ts';
import type { CodeLedger, CodeRequest, OneTimeCode } from './one-time-code.ts';

const MAXIMUM_NAME_LENGTH = 256;
const MAXIMUM_DIGEST_LENGTH = 64;

export interface IssuedCode {
  /** For its destination alone. */
  readonly code: string;
  readonly expiresAt: Date;
}

/** A code that was right, and one use of it spent. */
export interface SpentCode {
  readonly key: ProtectedKey;
  /** For the caller to zero. */
  readonly dataKey: Uint8Array;
}

/** Makes one-time codes and spends them: a try before the code is looked at, a use before anything is signed. */
export class OneTimeCodes {
  readonly #ports: CustodyPorts;
  readonly #sealer: CodeSealer;
  readonly #turns: SlotTurns;
  readonly #settings: CodeSettings;

  constructor(ports: CustodyPorts, sealer: CodeSealer, turns: SlotTurns, settings: CodeSettings) {
    this.#ports = ports;
    this.#sealer = sealer;
    this.#turns = turns;
    this.#settings = settings;
  }

  async issue(ticket: SlotTicket, request: CodeRequest): Promise<IssuedCode> {
    const ledger = this.#ledger();
    this.#checkRequest(request);
    const { slot } = await this.#load(ticket);
    const dataKey = await this.#sealer.openSlot(slot, request.destination);
    if (dataKey === undefined) {
      throw new CodedError('refused-in-state', 'the address for codes has not been confirmed with the PIN', {
        context: { slotId: slot.slotId },
      });
    }
    const code = randomDigits(this.#ports.random, this.#settings.digits);
    const expiresAt = new Date(this.#ports.clock.now().getTime() + this.#settings.ttlMs);
    try {
      const { certid, keyVersion, slotId, slotVersion } = slot;
      const { caller, count, digests } = request;
      const description = {
        ...{
          codeId: Buffer.from(this.#ports.random.bytes(16)).toString('hex'),
          certid,
          keyVersion,
          slotId,
          slotVersion,
        },
        ...{ caller, count, expiresAt, ...(digests === undefined ? {} : { digests: digests.map(hex) }) },
      };
      const record = await this.#sealer.sealCode(description, Buffer.from(code, 'utf8'), dataKey);
      await ledger.put(record, this.#settings.tries);
    } finally {
      zero(dataKey);
    }
    return { code, expiresAt };
  }

  /** One at a time per slot, so that forty right codes at once are not taken for forty guesses. */
  spend(ticket: SlotTicket, code: Uint8Array, caller: string, approved: Uint8Array): Promise<SpentCode> {
    return this.#turns.run(ticket.slotId, undefined, () => this.#spend(ticket, code, caller, approved));
  }

  async #spend(ticket: SlotTicket, code: Uint8Array, caller: string, approved: Uint8Array): Promise<SpentCode> {
    const { attemptLedger } = this.#ports;
    const ledger = this.#ledger();
    const { key, slot } = await this.#load(ticket);
    const slotTry = await attemptLedger.reserve(slot.slotId);
    if (!slotTry.granted) throw codesLocked();
    const codeTry = await ledger.reserve(slot.slotId, caller);
    const record = codeTry.granted ? codeTry.code : undefined;
    if (!codeTry.granted || record === undefined || !this.#isFor(record, slot, caller)) {
      await attemptLedger.cancel(slot.slotId);
      throw noCodeWaiting();
    }
    let dataKey: Uint8Array | undefined;
    try {
      dataKey = await this.#sealer.openCode(record, code);
    } catch (error) {
      await ledger.cancel(record.codeId);
      await attemptLedger.cancel(slot.slotId);
      throw error;
    }
    if (dataKey === undefined) throw wrongCode(codeTry.triesLeft, slotTry.triesLeft);
    try {
      await this.#spendUse(record, approved);
      return { key, dataKey };
    } catch (error) {
      zero(dataKey);
      throw error;
    }
  }

  /** The code is right. The tries go back in any case; the use does not come back, whatever becomes of the signature. */
  async #spendUse(record: OneTimeCode, approved: Uint8Array): Promise<void> {
    const { attemptLedger } = this.#ports;
    if (record.digests !== undefined && !record.digests.includes(hex(approved))) {
      await this.#ledger().cancel(record.codeId);
      await attemptLedger.giveBack(record.slotId);
      throw new CodedError('not-authorised', 'the one-time code is not for this digest');
    }
    const granted = await this.#ledger().use(record.codeId);
    await attemptLedger.giveBack(record.slotId);
    if (!granted) throw noCodeWaiting();
  }

  /** All of it is sealed in the record too; this only tells a stale code from a wrong one. */
  #isFor(record: OneTimeCode, slot: KeySlot, caller: string): boolean {
    return (
      record.caller === caller &&
      record.certid === slot.certid &&
      record.keyVersion === slot.keyVersion &&
      record.slotId === slot.slotId &&
      record.slotVersion === slot.slotVersion &&
      this.#ports.clock.now().getTime() < record.expiresAt.getTime()
    );
  }

  async #load(ticket: SlotTicket): Promise<{ key: ProtectedKey; slot: KeySlot }> {
    if (ticket.locked) throw codesLocked();
    const stored = await this.#ports.slotStore.load(ticket.slotId);
    if (stored === undefined || stored.slot.kind !== 'code') {
      throw new CodedError('not-found', 'the certificate is not set up for one-time codes');
    }
    const { key, slot } = stored;
    const consistent =
      slot.slotId === ticket.slotId &&
      slot.slotVersion === ticket.slotVersion &&
      slot.keyVersion === ticket.keyVersion &&
      slot.certid === ticket.certid &&
      key.certid === ticket.certid &&
      key.keyVersion === slot.keyVersion;
    if (!consistent) throw new CodedError('refused-in-state', 'the certificate was changed meanwhile');
    checkSlotDates(slot, this.#ports.clock.now().getTime());
    return stored;
  }

  #ledger(): CodeLedger {
    const { codeLedger } = this.#ports;
    if (codeLedger === undefined) throw new CodedError('not-supported', 'one-time codes are not set up');
    return codeLedger;
  }

  #checkRequest({ destination, caller, count, digests }: CodeRequest): void {
    checkName('destination', destination);
    checkName('caller', caller);
    const { maximumCount } = this.#settings;
    if (!Number.isSafeInteger(count) || count < 1 || count > maximumCount) {
      throw new CodedError('invalid-parameter', `count: must be 1 to ${maximumCount}`);
    }
    if (digests === undefined) return;
    const sensible = digests.every(({ length }) => length >= 1 && length <= MAXIMUM_DIGEST_LENGTH);
    if (digests.length === 0 || digests.length > maximumCount || !sensible) {
      throw new CodedError('invalid-parameter', `digests: must be 1 to ${maximumCount}, of at most 64 bytes`);
    }
  }
}

export function checkName(member: string, name: string): void {
  if (name.length === 0 || name.length > MAXIMUM_NAME_LENGTH) {
    throw new CodedError('invalid-parameter', `${member}: must have 1 to ${MAXIMUM_NAME_LENGTH} characters`);
  }
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex');
}
