import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isRecord } from './chain-heads.ts';
import { jsonIn } from './signed-line.ts';

/** The key that vouches for the audit; it must not be where the database is. Ours: a key in the HSM. */
export interface CheckpointSigner {
  readonly publicKeySpkiDer: Uint8Array;
  /** ECDSA with SHA-256. @returns ECDSA-Sig-Value, DER */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** SHA-256 of the SubjectPublicKeyInfo, hex. */
export function keyIdOf(publicKeySpkiDer: Uint8Array): string {
  return createHash('sha256').update(publicKeySpkiDer).digest('hex');
}

/** Public keys by their ids: what a verifier trusts. */
export class TrustedKeys {
  readonly #keys = new Map<string, KeyObject>();

  /** @param publicKey PEM or SubjectPublicKeyInfo in DER. @throws Error for what is neither, or not an EC key */
  add(publicKey: string | Uint8Array): void {
    const key =
      typeof publicKey === 'string'
        ? createPublicKey(publicKey)
        : createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType !== 'ec') throw new TypeError('not a public key on an elliptic curve');
    this.#keys.set(keyIdOf(key.export({ format: 'der', type: 'spki' })), key);
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /** Did the trusted key of this id sign these bytes? */
  vouchesFor(keyId: string, message: Uint8Array, signature: Uint8Array): boolean {
    const key = this.#keys.get(keyId);
    return key !== undefined && verify('sha256', message, key, signature);
  }
}

export function publicKeyPem(publicKeySpkiDer: Uint8Array): string {
  const key = createPublicKey({ key: Buffer.from(publicKeySpkiDer), format: 'der', type: 'spki' });
  return key.export({ format: 'pem', type: 'spki' }).toString();
}

/** `{"publicKey":"<PEM>","keyId":"<hex>"}`: the first line of a file of checkpoints. */
export function publicKeyLine(publicKeySpkiDer: Uint8Array): string {
  return JSON.stringify({ publicKey: publicKeyPem(publicKeySpkiDer), keyId: keyIdOf(publicKeySpkiDer) });
}

/** The PEM in such a line; undefined for any other line. */
export function readPublicKeyLine(line: string): string | undefined {
  const value = jsonIn(line);
  const pem = isRecord(value) ? value['publicKey'] : undefined;
  return typeof pem === 'string' ? pem : undefined;
}
