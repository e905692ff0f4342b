import { generateKeyPairSync, sign } from 'node:crypto';
import type { CheckpointSigner } from '@cinnabar/audit';

/** An audit key that is not in an HSM; custody's own specs show that one. */
export function createAuditSigner(): CheckpointSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return {
    publicKeySpkiDer: publicKey.export({ format: 'der', type: 'spki' }),
    sign: (message) => Promise.resolve(sign('sha256', message, privateKey)),
  };
}
