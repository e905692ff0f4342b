import type { KeyObject } from 'node:crypto';
import { certificateToPem } from '@cinnabar/x509';
import { STANDARD_TEST_PKI, type TestKeyType, type TestPkiDescription } from './pki-description.ts';
import { issueTestCertificate } from './pki-issue.ts';
import { testPrivateKey } from './pki-keys.ts';
import { type PfxOptions, toPfx } from './pki-pfx.ts';

export interface TestIdentity {
  readonly certificateDer: Uint8Array;
  readonly certificatePem: string;
  readonly privateKey: KeyObject;
  readonly privateKeyPkcs8: Uint8Array;
  /** The issuer, its issuer, … the root. */
  readonly chainDer: readonly Uint8Array[];
}

export interface TestPki<Name extends string> {
  /** The named entry; its key and certificate, and those of its issuers, are made when first asked for. */
  identity(name: Name): TestIdentity;
  /** A PFX file with the entry's key, certificate and chain. */
  pfx(name: Name, password: string, options?: PfxOptions): Uint8Array;
}

/**
 * A PKI from a description, e.g. `createTestPki(STANDARD_TEST_PKI).identity('ana')`.
 * Private keys are shared between the PKIs of one process, never between the entries of one PKI.
 */
export function createTestPki(): TestPki<keyof typeof STANDARD_TEST_PKI>;
export function createTestPki<Description extends TestPkiDescription>(
  description: Description,
): TestPki<keyof Description & string>;
export function createTestPki(description: TestPkiDescription = STANDARD_TEST_PKI): TestPki<string> {
  const identities = new Map<string, TestIdentity>();
  const identity = (name: string): TestIdentity => {
    const known = identities.get(name);
    if (known) return known;
    const made = makeIdentity(name, description, identity);
    identities.set(name, made);
    return made;
  };
  return { identity, pfx: (name, password, options) => toPfx(identity(name), password, options) };
}

function makeIdentity(
  name: string,
  description: TestPkiDescription,
  identity: (name: string) => TestIdentity,
): TestIdentity {
  const entry = entryOf(description, name);
  const key: TestKeyType = entry.key ?? 'rsa2048';
  const privateKey = testPrivateKey(key, Object.keys(description).indexOf(name));
  const issuer = entry.issuer === undefined ? undefined : identity(entry.issuer);
  const issuerSubject = entry.issuer === undefined ? entry.subject : entryOf(description, entry.issuer).subject;
  const certificateDer = issueTestCertificate(entry, privateKey, {
    subject: issuerSubject,
    privateKey: issuer?.privateKey ?? privateKey,
  });
  return {
    certificateDer,
    certificatePem: certificateToPem(certificateDer),
    privateKey,
    privateKeyPkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }),
    chainDer: issuer ? [issuer.certificateDer, ...issuer.chainDer] : [],
  };
}

function entryOf(description: TestPkiDescription, name: string) {
  const entry = description[name];
  if (!entry) throw new Error(`the test PKI has no entry ${name}`);
  return entry;
}
