/**
 * SHA-1 applied to its own result again and again. One call into OpenSSL costs two microseconds whatever it hashes, and
 * the key derivation of RFC 7292 hashes twenty octets up to millions of times: a browser's export of 600,000 iterations
 * took eleven seconds with `node:crypto`; here a hash costs 0.6 microseconds.
 */

const DIGEST_WORDS = 5;
const SCHEDULE_WORDS = 80;
/** Length of the hashed message in bits, for the padding. */
const MESSAGE_BITS = DIGEST_WORDS * 32;
const FIRST_PADDING_WORD = 0x80000000 | 0;

/** The initial hash value (FIPS 180-4 5.3.1), as signed 32-bit numbers, which keeps the loop in integers. */
const H0 = 0x67452301;
const H1 = 0xefcdab89 | 0;
const H2 = 0x98badcfe | 0;
const H3 = 0x10325476;
const H4 = 0xc3d2e1f0 | 0;

/** SHA-1 (FIPS 180-4 6.1.2) of `digest` (20 bytes), of the result, …: `times` times. The input is not changed. */
export function chainSha1(digest: Uint8Array, times: number): Buffer {
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  const words = Int32Array.from({ length: DIGEST_WORDS }, (_, index) => view.getInt32(index * 4));
  const schedule = new Int32Array(SCHEDULE_WORDS);
  for (let time = 0; time < times; time++) hashWords(words, schedule);
  const result = Buffer.alloc(DIGEST_WORDS * 4);
  words.forEach((word, index) => result.writeInt32BE(word, index * 4));
  words.fill(0);
  schedule.fill(0);
  return result;
}

/** Replaces five words by their SHA-1: one block, the message with its padding (FIPS 180-4 5.1.1). */
function hashWords(words: Int32Array, schedule: Int32Array): void {
  expandSchedule(words, schedule);
  let a: number = H0;
  let b: number = H1;
  let c: number = H2;
  let d: number = H3;
  let e: number = H4;
  // FIPS 180-4 6.1.2; the functions and constants of 4.1.1 and 4.2.1 stand in the loop, for a call costs more than they do.
  for (let t = 0; t < SCHEDULE_WORDS; t++) {
    let mixed: number;
    if (t < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
    else if (t < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
    else if (t < 60) mixed = ((b & c) | (b & d) | (c & d)) - 0x70e44324;
    else mixed = (b ^ c ^ d) - 0x359d3e2a;
    const next = (((a << 5) | (a >>> 27)) + (mixed | 0) + e + (schedule[t] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  words[0] = H0 + a;
  words[1] = H1 + b;
  words[2] = H2 + c;
  words[3] = H3 + d;
  words[4] = H4 + e;
}

function expandSchedule(words: Int32Array, schedule: Int32Array): void {
  for (let t = 0; t < DIGEST_WORDS; t++) schedule[t] = words[t] ?? 0;
  schedule[DIGEST_WORDS] = FIRST_PADDING_WORD;
  for (let t = DIGEST_WORDS + 1; t < 15; t++) schedule[t] = 0;
  schedule[15] = MESSAGE_BITS;
  for (let t = 16; t < SCHEDULE_WORDS; t++) {
    const mixed = (schedule[t - 3] ?? 0) ^ (schedule[t - 8] ?? 0) ^ (schedule[t - 14] ?? 0) ^ (schedule[t - 16] ?? 0);
    schedule[t] = (mixed << 1) | (mixed >>> 31);
  }
}
