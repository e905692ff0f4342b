/**
 * A document that lies in a file instead of memory: uploaded as multipart/form-data, or an answer as large.
 * Only a front makes one; no JSON can.
 */
export class StoredDocument {
  readonly path: string;
  /** In bytes. */
  readonly length: number;

  constructor(path: string, length: number) {
    this.path = path;
    this.length = length;
  }
}
