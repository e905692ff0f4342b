/** Reads definite-length DER (X.690) forwards, without copying: what it returns are views of the input. */
export class DerReader {
  readonly #der: Uint8Array;
  #offset = 0;

  constructor(der: Uint8Array) {
    this.#der = der;
  }

  get atEnd(): boolean {
    return this.#offset === this.#der.length;
  }

  nextIs(tag: number): boolean {
    return this.#der[this.#offset] === tag;
  }

  /** Contents of the next element. @throws RangeError when it has another tag or is cut short */
  read(tag: number): Uint8Array {
    if (!this.nextIs(tag)) throw new RangeError('unexpected DER tag');
    this.#offset += 1;
    const length = this.#readLength();
    const start = this.#offset;
    if (length > this.#der.length - start) throw new RangeError('DER element is cut short');
    this.#offset = start + length;
    return this.#der.subarray(start, this.#offset);
  }

  /** Octets of the next INTEGER, which must not be negative, without its sign octet. */
  readUnsigned(): Uint8Array {
    const octets = this.read(0x02);
    const [first, second] = octets;
    if (first === undefined || first > 0x7f) throw new RangeError('DER INTEGER is empty or negative');
    return first === 0 && second !== undefined ? octets.subarray(1) : octets;
  }

  #readLength(): number {
    const first = this.#nextOctet();
    if (first < 0x80) return first;
    // Three octets reach 16 MiB; longer ones (and the indefinite 0x80) have no place in a key.
    if (first === 0x80 || first > 0x83) throw new RangeError('DER length is indefinite or too long');
    let length = 0;
    for (let octet = 0x80; octet < first; octet += 1) length = length * 256 + this.#nextOctet();
    return length;
  }

  #nextOctet(): number {
    const octet = this.#der[this.#offset];
    if (octet === undefined) throw new RangeError('DER ends within a length');
    this.#offset += 1;
    return octet;
  }
}
