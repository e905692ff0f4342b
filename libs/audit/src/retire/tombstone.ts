import { createHash } from 'node:crypto';
import { isRecord } from '../checkpoint/chain-heads.ts';
import { readSignedLine } from '../checkpoint/signed-line.ts';

const TYPE = 'cinnabar audit tombstone 1';

/** What stays of a chain that was removed under retention; signed. */
export interface Tombstone {
  /** Keeps these signatures apart from every other that the key makes. */
  readonly type: typeof TYPE;
  /** Counts the database's tombstones, from 1. */
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly removedAt: string;
  /** Who removed it, as far as the operating system tells. */
  readonly by: string;
  readonly chain: string;
  readonly firstSeq: string;
  readonly lastSeq: string;
  /** Of the last link, hex. */
  readonly hash: string;
  /** Records that were removed. */
  readonly count: number;
  /** When the newest of them was made. */
  readonly newestAt: string;
  /** SHA-256 that the footer of its export signs, hex. */
  readonly export: string;
  /** Number of a checkpoint that covers its last link. */
  readonly checkpoint: number;
  /** SHA-256 of tombstone `number` − 1, hex; null in the first. */
  readonly previous: string | null;
  readonly keyId: string;
}

/** The text that is signed and hashed, with its members in this order. */
export function tombstoneJson(tombstone: Omit<Tombstone, 'type'>): string {
  const { number, removedAt, by, chain, firstSeq, lastSeq, hash, count, newestAt } = tombstone;
  const { export: exported, checkpoint, previous, keyId } = tombstone;
  return JSON.stringify({
    type: TYPE,
    number,
    removedAt,
    by,
    chain,
    firstSeq,
    lastSeq,
    hash,
    count,
    newestAt,
    export: exported,
    checkpoint,
    previous,
    keyId,
  });
}

export function tombstoneHash(json: string | Uint8Array): string {
  return createHash('sha256').update(json).digest('hex');
}

export interface ReadTombstone {
  readonly tombstone: Tombstone;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** Undefined for a line that is not a tombstone; its signature is not looked at. */
export function readTombstone(line: string): ReadTombstone | undefined {
  const read = readSignedLine('tombstone', line);
  if (read === undefined || !isTombstone(read.value)) return undefined;
  return { tombstone: read.value, signedBytes: read.signedBytes, signature: read.signature };
}

function isTombstone(value: unknown): value is Tombstone {
  if (!isRecord(value)) return false;
  const { type, number, chain, firstSeq, lastSeq, hash, previous, keyId } = value;
  const isNumber = (text: unknown): boolean => typeof text === 'string' && /^\d{1,18}$/.test(text);
  return (
    type === TYPE &&
    Number.isSafeInteger(number) &&
    [chain, firstSeq, lastSeq].every(isNumber) &&
    typeof hash === 'string' &&
    (previous === null || typeof previous === 'string') &&
    typeof keyId === 'string'
  );
}
