/**
 * RC2 in CBC mode, decryption only (RFC 2268). PFX files of old Windows have their certificates under it, with 40 bits;
 * no OpenSSL of today has it. It protects nothing: it is here to read what it was used on.
 */

/** PITABLE (RFC 2268 2): a permutation of the octets made from the digits of pi. */
const PI_TABLE = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
);

const BLOCK_LENGTH = 8;
const MIXING_ROTATIONS = [1, 2, 3, 5] as const;

/** Decrypts whole blocks; the padding stays. `effectiveBits` is the key length that the cipher is limited to. */
export function decryptRc2Cbc(key: Uint8Array, effectiveBits: number, iv: Uint8Array, ciphertext: Uint8Array): Buffer {
  const roundKeys = expandKey(key, effectiveBits);
  const plaintext = Buffer.alloc(ciphertext.length);
  let previous = iv;
  for (let offset = 0; offset < ciphertext.length; offset += BLOCK_LENGTH) {
    const block = ciphertext.subarray(offset, offset + BLOCK_LENGTH);
    const words = decryptBlock(roundKeys, block);
    for (let index = 0; index < BLOCK_LENGTH; index++) {
      const octet = (words[index >> 1] ?? 0) >> (8 * (index & 1));
      plaintext[offset + index] = (octet & 0xff) ^ (previous[index] ?? 0);
    }
    previous = block;
  }
  roundKeys.fill(0);
  return plaintext;
}

/** Key expansion (RFC 2268 2). */
function expandKey(key: Uint8Array, effectiveBits: number): Uint16Array {
  const buffer = new Uint8Array(128);
  buffer.set(key);
  const at = (index: number): number => buffer[index] ?? 0;
  for (let index = key.length; index < 128; index++) {
    buffer[index] = PI_TABLE[(at(index - 1) + at(index - key.length)) & 0xff] ?? 0;
  }
  const effectiveOctets = Math.ceil(effectiveBits / 8);
  const mask = 0xff >> (8 * effectiveOctets - effectiveBits);
  buffer[128 - effectiveOctets] = PI_TABLE[at(128 - effectiveOctets) & mask] ?? 0;
  for (let index = 127 - effectiveOctets; index >= 0; index--) {
    buffer[index] = PI_TABLE[at(index + 1) ^ at(index + effectiveOctets)] ?? 0;
  }
  const roundKeys = Uint16Array.from({ length: 64 }, (_, index) => at(2 * index) | (at(2 * index + 1) << 8));
  buffer.fill(0);
  return roundKeys;
}

/** Decryption of one block (RFC 2268 4): five mixing rounds backwards, a mash, six, a mash, five. */
function decryptBlock(roundKeys: Uint16Array, block: Uint8Array): Uint16Array {
  const words = Uint16Array.from(
    { length: 4 },
    (_, index) => (block[2 * index] ?? 0) | ((block[2 * index + 1] ?? 0) << 8),
  );
  let next = 63;
  const mixBackwards = (rounds: number): void => {
    for (let round = 0; round < rounds; round++) {
      for (let index = 3; index >= 0; index--) next = unmix(words, index, roundKeys, next);
    }
  };
  const mashBackwards = (): void => {
    for (let index = 3; index >= 0; index--) {
      words[index] = (words[index] ?? 0) - (roundKeys[(words[(index + 3) & 3] ?? 0) & 63] ?? 0);
    }
  };
  mixBackwards(5);
  mashBackwards();
  mixBackwards(6);
  mashBackwards();
  mixBackwards(5);
  return words;
}

/** One step of a mixing round, backwards (RFC 2268 4.1); gives the index of the round key that comes next. */
function unmix(words: Uint16Array, index: number, roundKeys: Uint16Array, keyIndex: number): number {
  const rotation = MIXING_ROTATIONS[index] ?? 0;
  const word = words[index] ?? 0;
  const rotated = ((word >>> rotation) | (word << (16 - rotation))) & 0xffff;
  const [one = 0, two = 0, three = 0] = [words[(index + 3) & 3], words[(index + 2) & 3], words[(index + 1) & 3]];
  words[index] = rotated - (roundKeys[keyIndex] ?? 0) - (one & two) - (~one & three);
  return keyIndex - 1;
}
