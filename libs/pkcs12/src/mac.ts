import { createHmac } from 'node:crypto';
import { type DigestAlgorithm, DIGESTS, equalInConstantTime, zero } from '@cinnabar/core';
import type { BerElement } from './ber/ber-element.ts';
import { algorithmOf, childrenOf, octetsOf, smallIntegerOf, TAG } from './ber/ber-values.ts';
import { derivePbkdf2, readHmac, readPbkdf2 } from './derivation/pbkdf2.ts';
import { derivePkcs12, PURPOSE } from './derivation/pkcs12-kdf.ts';
import type { IterationBudget } from './iteration-budget.ts';
import { ID_PBMAC1 } from './oids.ts';
import { damaged, unsupported } from './pfx-errors.ts';
import type { PfxPassword } from './pfx-password.ts';

/** HMAC keys outside these bounds are refused (RFC 9579 5 asks for a length; the bounds are ours). */
const MIN_PBMAC1_KEY_BYTES = 16;
const MAX_PBMAC1_KEY_BYTES = 128;

/** Does the MAC of the file hold with this password? MacData (RFC 7292 4 and 5.2), or PBMAC1 in it (RFC 9579). */
export function isMacValid(
  macData: BerElement,
  authenticatedSafe: Uint8Array,
  password: PfxPassword,
  budget: IterationBudget,
): boolean {
  const [digestInfo, macSalt, iterations] = childrenOf(macData, TAG.sequence);
  const [algorithm, digest] = childrenOf(digestInfo, TAG.sequence);
  const expected = octetsOf(digest);
  const { oid, parameters } = algorithmOf(algorithm);
  if (oid === ID_PBMAC1) return isPbmac1Valid(parameters, expected, authenticatedSafe, password.utf8, budget);

  const digestAlgorithm = digestByOid(oid);
  const iterationCount = iterations ? smallIntegerOf(iterations) : 1;
  budget.spend(iterationCount);
  const { length } = DIGESTS[digestAlgorithm];
  const salt = octetsOf(macSalt);
  const derivation = { digestAlgorithm, purpose: PURPOSE.mac, salt, iterations: iterationCount, length };
  const key = derivePkcs12(password.bmpString, derivation);
  return matches(digestAlgorithm, key, authenticatedSafe, expected);
}

/** PBMAC1-params (RFC 8018 A.5). The salt and iterations of MacData mean nothing then (RFC 9579 4). */
function isPbmac1Valid(
  parameters: BerElement | undefined,
  expected: Uint8Array,
  authenticatedSafe: Uint8Array,
  utf8Password: Uint8Array,
  budget: IterationBudget,
): boolean {
  const [derivation, scheme] = childrenOf(parameters, TAG.sequence);
  const pbkdf2 = readPbkdf2(derivation);
  const digestAlgorithm = readHmac(scheme);
  const { keyLength } = pbkdf2;
  if (keyLength === undefined) throw damaged('its MAC names no key length');
  if (keyLength < MIN_PBMAC1_KEY_BYTES || keyLength > MAX_PBMAC1_KEY_BYTES)
    throw damaged('its MAC names an absurd key length');
  const key = derivePbkdf2(utf8Password, pbkdf2, keyLength, budget);
  return matches(digestAlgorithm, key, authenticatedSafe, expected);
}

function matches(digestAlgorithm: DigestAlgorithm, key: Buffer, authenticatedSafe: Uint8Array, expected: Uint8Array) {
  const actual = createHmac(DIGESTS[digestAlgorithm].nodeName, key).update(authenticatedSafe).digest();
  zero(key);
  return equalInConstantTime(actual, expected);
}

function digestByOid(oid: string): DigestAlgorithm {
  const found = (Object.keys(DIGESTS) as DigestAlgorithm[]).find((name) => DIGESTS[name].oid === oid);
  if (!found || found === 'MD5') throw unsupported(`message authentication ${oid}`);
  return found;
}
