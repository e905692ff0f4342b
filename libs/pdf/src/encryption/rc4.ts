/**
 * RC4, which documents of PDF 1.1 to 1.5 are encrypted with (ISO 32000-1 7.6.2) and which Node's OpenSSL does not have.
 * Read and written because such documents exist; nothing new is ever protected with it.
 */
export function rc4(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let index = 0, other = 0; index < 256; index++) {
    other = (other + at(state, index) + at(key, index % key.length)) & 0xff;
    swap(state, index, other);
  }
  const out = new Uint8Array(bytes.length);
  for (let position = 0, index = 0, other = 0; position < bytes.length; position++) {
    index = (index + 1) & 0xff;
    other = (other + at(state, index)) & 0xff;
    swap(state, index, other);
    out[position] = at(bytes, position) ^ at(state, (at(state, index) + at(state, other)) & 0xff);
  }
  state.fill(0);
  return out;
}

const at = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0;

function swap(state: Uint8Array, left: number, right: number): void {
  const kept = at(state, left);
  state[left] = at(state, right);
  state[right] = kept;
}
