import { pbkdf2Sync } from 'node:crypto';
import { DIGESTS, type DigestAlgorithm } from '@cinnabar/core';
import type { BerElement } from '../ber/ber-element.ts';
import { algorithmOf, childrenOf, octetsOf, smallIntegerOf, TAG } from '../ber/ber-values.ts';
import type { IterationBudget } from '../iteration-budget.ts';
import { ID_PBKDF2 } from '../oids.ts';
import { damaged, unsupported } from '../pfx-errors.ts';

/** HMAC by its OID (RFC 8018 B.1.2). */
const HMAC_DIGESTS: Readonly<Record<string, DigestAlgorithm>> = {
  '1.2.840.113549.2.7': 'SHA1',
  '1.2.840.113549.2.8': 'SHA224',
  '1.2.840.113549.2.9': 'SHA256',
  '1.2.840.113549.2.10': 'SHA384',
  '1.2.840.113549.2.11': 'SHA512',
};

export interface Pbkdf2Parameters {
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** Bytes, where the file names it. */
  readonly keyLength: number | undefined;
  readonly digestAlgorithm: DigestAlgorithm;
}

const MAX_SALT_BYTES = 1024;

/** The `keyDerivationFunc` of PBES2 and PBMAC1: PBKDF2-params (RFC 8018 A.2). */
export function readPbkdf2(element: BerElement | undefined): Pbkdf2Parameters {
  const { oid, parameters } = algorithmOf(element);
  if (oid !== ID_PBKDF2) throw unsupported(`key derivation ${oid}`);
  const [salt, iterations, ...rest] = childrenOf(parameters, TAG.sequence);
  const keyLength = rest[0]?.tag === TAG.integer ? rest.shift() : undefined;
  const prf = rest.shift();
  if (octetsOf(salt).length > MAX_SALT_BYTES) throw damaged('a salt of absurd length');
  return {
    salt: octetsOf(salt),
    iterations: smallIntegerOf(iterations),
    keyLength: keyLength && smallIntegerOf(keyLength),
    // RFC 8018 A.2: the default is HMAC with SHA-1.
    digestAlgorithm: prf ? readHmac(prf) : 'SHA1',
  };
}

/** HMAC AlgorithmIdentifier → its hash. */
export function readHmac(element: BerElement | undefined): DigestAlgorithm {
  const { oid } = algorithmOf(element);
  const digestAlgorithm = HMAC_DIGESTS[oid];
  if (!digestAlgorithm) throw unsupported(`message authentication ${oid}`);
  return digestAlgorithm;
}

/** PBKDF2 (RFC 8018 5.2), paid for first. */
export function derivePbkdf2(
  utf8Password: Uint8Array,
  { digestAlgorithm, iterations, salt }: Pbkdf2Parameters,
  length: number,
  budget: IterationBudget,
): Buffer {
  budget.spend(iterations);
  return pbkdf2Sync(utf8Password, salt, iterations, length, DIGESTS[digestAlgorithm].nodeName);
}
