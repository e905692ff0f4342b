/** Bytes that are collected without knowing how many there will be. */
export class GrowingBytes {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 32) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  push(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow(this.#length + 1);
    this.#bytes[this.#length++] = byte;
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(this.#length + bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Characters up to U+00FF, each one byte. */
  appendLatin1(text: string): void {
    this.append(Buffer.from(text, 'latin1'));
  }

  /** What was collected, without a copy: do not push any more afterwards. */
  toUint8Array(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
