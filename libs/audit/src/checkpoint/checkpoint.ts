import { createHash } from 'node:crypto';
import { isRecord, isRememberedHead, type RememberedHead } from './chain-heads.ts';
import { readSignedLine } from './signed-line.ts';

const TYPE = 'cinnabar audit checkpoint 1';

/** What is signed: how far chains had come at a moment. */
export interface Checkpoint {
  /** Keeps these signatures apart from every other that the key makes. */
  readonly type: typeof TYPE;
  /** Counts the database's checkpoints, from 1. */
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly takenAt: string;
  /** Chain of the process that made it. */
  readonly maker: string;
  /** Chains that moved since the maker's checkpoint before. */
  readonly heads: readonly RememberedHead[];
  /** SHA-256 of checkpoint `number` − 1, hex; null in the first. */
  readonly previous: string | null;
  /** {@link keyIdOf} the key that signed. */
  readonly keyId: string;
}

/** The text that is signed and hashed, with its members in this order. */
export function checkpointJson(checkpoint: Omit<Checkpoint, 'type'>): string {
  const { number, takenAt, maker, heads, previous, keyId } = checkpoint;
  return JSON.stringify({ type: TYPE, number, takenAt, maker, heads, previous, keyId });
}

export function checkpointHash(json: string | Uint8Array): string {
  return createHash('sha256').update(json).digest('hex');
}

export interface ReadCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** Undefined for a line that is not a checkpoint; its signature is not looked at. */
export function readCheckpoint(line: string): ReadCheckpoint | undefined {
  const read = readSignedLine('checkpoint', line);
  if (read === undefined || !isCheckpoint(read.value)) return undefined;
  return { checkpoint: read.value, signedBytes: read.signedBytes, signature: read.signature };
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (!isRecord(value)) return false;
  const { type, number, takenAt, maker, heads, previous, keyId } = value as Partial<Record<keyof Checkpoint, unknown>>;
  return (
    type === TYPE &&
    Number.isSafeInteger(number) &&
    typeof takenAt === 'string' &&
    typeof maker === 'string' &&
    Array.isArray(heads) &&
    heads.every(isRememberedHead) &&
    (previous === null || typeof previous === 'string') &&
    typeof keyId === 'string'
  );
}
