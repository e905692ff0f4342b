import { performance } from 'node:perf_hooks';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
} from '@cinnabar/testing';
import type { SlotTicket } from '@cinnabar/custody';
import type { BenchOptions } from './options.ts';
import { residentMib } from './resident-memory.ts';

const PIN = 'pin of the bench';
const CALLERS = 64;
/** The cheapest that custody takes: what is measured is the HSM and the vault, not Argon2id. */
const SLOT_COST = { memoryKib: 8, passes: 1, parallelism: 1 };

export interface VaultResult {
  readonly keys: number;
  readonly protectedPerSecond: number;
  readonly unlockedPerSecond: number;
  readonly forgottenPerSecond: number;
  /** Signatures with keys of a full vault, each by another key than the one before. */
  readonly signedPerSecond: number;
  readonly residentMibEmpty: number;
  /** With a full vault, after each turnover. */
  readonly residentMibFull: readonly number[];
}

/** As many keys as the vault holds, through custody on a real token in this process: taken in, unlocked, used and forgotten. */
export async function benchVault(
  { keys, seconds, turns }: BenchOptions,
  tell: (line: string) => void,
): Promise<VaultResult> {
  const softHsm = await createSoftHsm();
  const world = new TestCustodyWorld();
  const custody = await world.openNode(softHsm, { slotCost: SLOT_COST, vault: { maximumKeys: keys } });
  const key = createKeyPair('prime256v1');
  const request = testSignatureRequest(key);
  try {
    tell(`${keys} P-256 keys are taken into custody …`);
    const tickets: SlotTicket[] = [];
    const protectedPerSecond = await rate(keys, async () => {
      tickets.push(await world.protect(custody, key, PIN));
    });
    const residentMibEmpty = residentMib(process.pid);
    const residentMibFull: number[] = [];
    let unlockedPerSecond = 0;
    let forgottenPerSecond = 0;
    for (let turnover = 1; turnover <= turns; turnover += 1) {
      tell(`turnover ${turnover} of ${turns} …`);
      const startedAt = performance.now();
      await custody.clear();
      if (turnover > 1) forgottenPerSecond = Math.round(keys / ((performance.now() - startedAt) / 1000));
      unlockedPerSecond = await rate(keys, (index) => custody.opens(at(tickets, index), PIN));
      if (custody.health().unlockedKeys !== keys) throw new Error('the vault is not full');
      residentMibFull.push(residentMib(process.pid));
    }
    tell('signing with them …');
    const endsAt = performance.now() + seconds * 1000;
    let signed = 0;
    const callers = Array.from({ length: 16 }, async () => {
      while (performance.now() < endsAt) {
        const signature = await custody.sign(at(tickets, (signed += 1) % keys), PIN, request);
        if (!isTestSignature(key, signature)) throw new Error('a signature is wrong');
      }
    });
    await Promise.all(callers);
    return {
      keys,
      protectedPerSecond,
      unlockedPerSecond,
      forgottenPerSecond,
      signedPerSecond: Math.round(signed / seconds),
      residentMibEmpty,
      residentMibFull,
    };
  } finally {
    await world.close();
    await softHsm.dispose();
  }
}

async function rate(count: number, work: (index: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (next < count) await work(next++);
  });
  await Promise.all(callers);
  return Math.round(count / ((performance.now() - startedAt) / 1000));
}

function at(tickets: readonly SlotTicket[], index: number): SlotTicket {
  const ticket = tickets[index];
  if (ticket === undefined) throw new RangeError(`no key ${index}`);
  return ticket;
}
