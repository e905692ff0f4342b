import type { BerElement } from '../ber/ber-element.ts';
import { algorithmOf } from '../ber/ber-values.ts';
import type { IterationBudget } from '../iteration-budget.ts';
import { ID_PBES2 } from '../oids.ts';
import type { PfxPassword } from '../pfx-password.ts';
import { decryptPbes2 } from './pbes2.ts';
import { decryptPkcs12Pbe } from './pkcs12-pbe.ts';

/**
 * Decrypts what an `EncryptedContentInfo` or an `EncryptedPrivateKeyInfo` holds. Undefined: the padding is wrong, so the
 * password is (or the file is damaged). An algorithm that is not read here is `not-supported`.
 * The plaintext is the caller's, to be zeroed.
 */
export function decrypt(
  algorithm: BerElement | undefined,
  ciphertext: Uint8Array,
  password: PfxPassword,
  budget: IterationBudget,
): Buffer | undefined {
  const { oid, parameters } = algorithmOf(algorithm);
  return oid === ID_PBES2
    ? decryptPbes2(parameters, ciphertext, password.utf8, budget)
    : decryptPkcs12Pbe(oid, parameters, ciphertext, password.bmpString, budget);
}
