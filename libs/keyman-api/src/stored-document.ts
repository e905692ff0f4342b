import type { Hash } from 'node:crypto';
import type { DigestAlgorithm } from '@cinnabar/core';

/** A hash that has taken in a whole document and can take in what is put behind it. */
export interface DocumentHash {
  readonly algorithm: DigestAlgorithm;
  /** To be copied: the same document may be asked for twice. */
  readonly hash: Hash;
}

/**
 * A document that lies in a file instead of memory: uploaded as multipart/form-data, or an answer as large.
 * Only a front makes one; no JSON can. The file is the request's own: whoever works on it may append to it.
 */
export class StoredDocument {
  readonly path: string;
  /** In bytes. */
  readonly length: number;
  /** Taken while the document arrived. */
  readonly hashed: DocumentHash | undefined;

  constructor(path: string, length: number, hashed?: DocumentHash) {
    this.path = path;
    this.length = length;
    this.hashed = hashed;
  }
}
