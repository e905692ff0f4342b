import type { SignatureScheme } from '../signature-request.ts';
import { ecdsaSignatureDer } from './ecdsa-signature.ts';

/** The signature as the world wants it: RSA as the token made it, ECDSA as DER. */
export function releasedForm(scheme: SignatureScheme, signature: Uint8Array): Uint8Array {
  return scheme === 'ecdsa' ? ecdsaSignatureDer(signature) : signature;
}
