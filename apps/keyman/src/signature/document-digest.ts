import { createHash, webcrypto } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { StoredDocument } from '@cinnabar/keyman-api';

/**
 * SHA-256 of a document as it was sent: what a one-time code for documents is bound to. The digest that is signed in the
 * end covers signing time and certificate too, so nobody could have named it beforehand.
 */
export async function documentDigest(document: Uint8Array | StoredDocument): Promise<Uint8Array> {
  // Off the event loop, on threads of the runtime's own.
  if (!(document instanceof StoredDocument)) return new Uint8Array(await webcrypto.subtle.digest('SHA-256', document));
  const { hashed } = document;
  if (hashed?.algorithm === 'SHA256') return hashed.hash.copy().digest();
  const hash = createHash('sha256');
  await pipeline(createReadStream(document.path), hash);
  return hash.digest();
}
