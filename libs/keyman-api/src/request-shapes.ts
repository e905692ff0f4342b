import type { RawRequest } from './operation.ts';
import { StoredDocument } from './stored-document.ts';

/** Deepest nesting that a request may have; the manual's objects need five. */
const MAX_DEPTH = 16;

export function isRecord(value: unknown): value is RawRequest {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && !(value instanceof Uint8Array) && !(value instanceof StoredDocument);
}

/**
 * Brings a decoded body to the shape that schemas read: `null`, an empty body and `""` are `{}`;
 * a member that is `null` is absent, and so is one that is `""` unless empty strings clear values here.
 *
 * @returns undefined for what is no object, or is nested deeper than any request of the contract
 */
export function toRequestShape(body: unknown, emptyClears: boolean): RawRequest | undefined {
  if (body === null || body === undefined || body === '') return {};
  return isRecord(body) ? withoutAbsent(body, emptyClears, 0) : undefined;
}

function withoutAbsent(record: RawRequest, emptyClears: boolean, depth: number): RawRequest | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const kept: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(record)) {
    if (value === null || value === undefined || (value === '' && !emptyClears)) continue;
    if (!isRecord(value)) {
      kept[name] = value;
      continue;
    }
    const inner = withoutAbsent(value, emptyClears, depth + 1);
    if (inner === undefined) return undefined;
    kept[name] = inner;
  }
  return kept;
}

/**
 * Gathers members that stand flat beside others under the object that the manual puts them in (contract: Cert operations).
 * Where one stands in both places, the object's counts.
 */
export function gather(under: string, names: readonly string[]): (raw: RawRequest) => RawRequest {
  return (raw) => {
    const given = raw[under];
    if (given !== undefined && !isRecord(given)) return raw;
    const inner: Record<string, unknown> = {};
    for (const name of names) if (raw[name] !== undefined) inner[name] = raw[name];
    return { ...raw, [under]: { ...inner, ...given } };
  };
}

/** Reads a member under another spelling where its own is absent. */
export function rename(from: string, to: string): (raw: RawRequest) => RawRequest {
  return (raw) => (raw[to] === undefined && raw[from] !== undefined ? { ...raw, [to]: raw[from] } : raw);
}
