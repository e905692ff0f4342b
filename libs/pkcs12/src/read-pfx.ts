import { zero } from '@cinnabar/core';
import { IterationBudget } from './iteration-budget.ts';
import { isMacValid } from './mac.ts';
import { damaged, wrongPassword } from './pfx-errors.ts';
import { passwordForms, type PfxPassword } from './pfx-password.ts';
import { readPfxStructure } from './pfx-structure.ts';
import { type Bags, readBags, WrongKey } from './safe-bags.ts';
import { selectKey } from './select-key.ts';

export interface PfxLimits {
  /** Bytes of the file. */
  readonly maxPfxBytes: number;
  /** Iterations of all key derivations of the file together. */
  readonly maxIterations: number;
}

export const DEFAULT_PFX_LIMITS: PfxLimits = { maxPfxBytes: 1024 * 1024, maxIterations: 5_000_000 };

/** What a PFX file is opened for. */
export interface PfxContents {
  /** PrivateKeyInfo (RFC 5208 5) in DER without attributes, written anew. The caller's, to be zeroed. */
  readonly privateKeyPkcs8: Uint8Array;
  /** The certificate of the key, then the others in the order of the file. Each certificate once. */
  readonly certificatesDer: readonly Uint8Array[];
  /** Key and certificate name the same localKeyID; false too where one of them names none. */
  readonly localKeyIdMatches: boolean;
  /** The key's name in the file, or else its certificate's. */
  readonly friendlyName: string | undefined;
}

/**
 * Opens a PFX file (RFC 7292), here and now: it may take seconds, so servers use `createPfxReader`.
 *
 * `invalid-parameter` beginning with `pfxpass:` is a wrong password, one beginning with `pfxdata:` a file that is
 * damaged, over a limit, or without exactly one usable key; `not-supported` an algorithm that is not read here.
 */
export function readPfx(pfxDer: Uint8Array, password: string, limits: PfxLimits = DEFAULT_PFX_LIMITS): PfxContents {
  return openPfx(pfxDer, passwordForms(password), limits);
}

/** As `readPfx`, with the password in the forms to try; they are zeroed when it returns. */
export function openPfx(pfxDer: Uint8Array, forms: readonly PfxPassword[], limits: PfxLimits): PfxContents {
  let bags: Bags | undefined;
  try {
    if (pfxDer.length > limits.maxPfxBytes) throw damaged(`larger than ${limits.maxPfxBytes} bytes`);
    bags = decryptPfx(pfxDer, forms, limits.maxIterations);
    return describe(bags);
  } finally {
    zero(...forms.flatMap(({ bmpString, utf8 }) => [bmpString, utf8]));
    zero(...(bags?.keys.map(({ privateKeyInfo }) => privateKeyInfo) ?? []));
  }
}

function decryptPfx(pfxDer: Uint8Array, forms: readonly PfxPassword[], maxIterations: number): Bags {
  const { authenticatedSafe, macData } = readPfxStructure(pfxDer);
  for (const form of forms) {
    const budget = new IterationBudget(maxIterations);
    // The MAC tells whether the password is right, and in which form it was used.
    if (macData && !isMacValid(macData, authenticatedSafe, form, budget)) continue;
    const bags = tryToRead(authenticatedSafe, form, budget);
    if (bags) return bags;
    // The MAC holds, so nothing is damaged: some Java key stores protect the key with a second password.
    if (macData) throw wrongPassword('the private key is under another password than the file');
  }
  if (macData && forms.some((form) => decryptsRegardless(authenticatedSafe, form, maxIterations))) {
    throw damaged('damaged (its MAC does not hold)');
  }
  throw wrongPassword('does not open the file');
}

/** Tells a damaged file from a wrong password: a wrong one decrypts nothing. */
function decryptsRegardless(authenticatedSafe: Uint8Array, form: PfxPassword, maxIterations: number): boolean {
  const budget = new IterationBudget(maxIterations);
  const bags = tryToRead(authenticatedSafe, form, budget);
  zero(...(bags?.keys.map(({ privateKeyInfo }) => privateKeyInfo) ?? []));
  return bags !== undefined && budget.spent > 0;
}

function tryToRead(authenticatedSafe: Uint8Array, form: PfxPassword, budget: IterationBudget): Bags | undefined {
  try {
    return readBags(authenticatedSafe, form, budget);
  } catch (error) {
    if (error instanceof WrongKey) return undefined;
    throw error;
  }
}

function describe(bags: Bags): PfxContents {
  const { certificate, key, privateKey } = selectKey(bags);
  const exported = privateKey.export({ format: 'der', type: 'pkcs8' });
  const privateKeyPkcs8 = Uint8Array.from(exported);
  zero(exported);
  const others = bags.certificates.map(({ certificateDer }) => certificateDer);
  return {
    privateKeyPkcs8,
    certificatesDer: distinct([certificate.certificateDer, ...others]),
    localKeyIdMatches: key.localKeyId !== undefined && key.localKeyId === certificate.localKeyId,
    friendlyName: key.friendlyName ?? certificate.friendlyName,
  };
}

function distinct(certificatesDer: readonly Uint8Array[]): Uint8Array[] {
  const byBytes = new Map(
    certificatesDer.map((certificateDer) => [Buffer.from(certificateDer).toString('latin1'), certificateDer]),
  );
  return [...byBytes.values()];
}
