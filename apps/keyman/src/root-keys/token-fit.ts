import { equalInConstantTime } from '@cinnabar/core';
import type { RootKey, RootKeyKind } from '@cinnabar/custody/pkcs11';
import type { RegisteredRootKey, RootKeyUse } from './root-key-registry.ts';

/** A root key that the database names and that is not retired, but not on the token. */
export type MissingRootKey = RootKeyUse;

/** How a token and a database stand to each other. */
export interface TokenFit {
  /** Labels of keys that are not the ones which the database was used with. */
  readonly strangers: readonly string[];
  readonly missing: readonly MissingRootKey[];
}

/** Compares what is on the token with what the database remembers and names. */
export function tokenFit(
  onToken: readonly RootKey[],
  registered: readonly RegisteredRootKey[],
  uses: readonly RootKeyUse[],
): TokenFit {
  const strangers = onToken.filter(({ kind, version, checkValue }) => {
    const known = registered.find((each) => each.kind === kind && each.version === version)?.checkValue;
    if (known === undefined || known === null || checkValue === undefined) return false;
    return !equalInConstantTime(known, checkValue);
  });
  const retired = registered.filter(({ retiredAt }) => retiredAt !== null);
  const missing = uses.filter((use) => !has(onToken, use) && !has(retired, use));
  return { strangers: strangers.map(({ label }) => label), missing };
}

/** `cinnabar-kek-2 is not on the token: 4 keys cannot be opened`. */
export function missingText({ kind, version, uses }: MissingRootKey): string {
  return `${labelOf(kind, version)} is not on the token: ${countText(kind, uses)} cannot be opened`;
}

/** `1 key`, `3 slots`: what hangs on a root key of that kind. */
export function countText(kind: RootKeyKind, uses: number): string {
  return `${uses} ${kind === 'kek' ? 'key' : 'slot'}${uses === 1 ? '' : 's'}`;
}

/** CKA_LABEL of a root key. */
export function labelOf(kind: RootKeyKind, version: number): string {
  return `cinnabar-${kind === 'kek' ? 'kek' : 'slot-hmac'}-${version}`;
}

interface Named {
  readonly kind: RootKeyKind;
  readonly version: number;
}

function has(keys: readonly Named[], { kind, version }: Named): boolean {
  return keys.some((each) => each.kind === kind && each.version === version);
}
