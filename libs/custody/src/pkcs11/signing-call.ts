import type { PlaceSize } from '../threads/call-board.ts';
import type { ThreadFailureRecord } from '../threads/thread.ts';
import { asBuffer, type Handle } from './cryptoki.ts';
import type { SigningMechanism } from './signing-mechanism.ts';

/** One C_SignInit and C_Sign, or one C_VerifyInit and C_Verify. */
export interface SigningCall extends SigningMechanism {
  readonly session: Handle;
  readonly key: Handle;
  /** Present: verify it instead of making one. */
  readonly signature?: Uint8Array;
}

/** Numbers come first, 32 bits each in machine order: mechanism, hash, mask generation, salt length, lengths of input and signature. */
const NUMBERS = 6;
const SESSION_AT = NUMBERS * 4;
/** CK_ULONG, on 64-bit systems. */
const HANDLE_OCTETS = 8;
const KEY_AT = SESSION_AT + HANDLE_OCTETS;
const INPUT_AT = KEY_AT + HANDLE_OCTETS;

const NO_PSS = { hashAlg: 0, mgf: 0, saltLen: 0 };

/**
 * An input is a DigestInfo at most (83 octets with SHA-512), a signature that is verified is of P-521 at most (132).
 * A signature by RSA-4096 has 512 octets.
 */
export const SIGNING_PLACE: PlaceSize = { request: INPUT_AT + 128 + 160, answer: 512 };

/** The call as octets, for threads of the same machine. */
export function octetsOf({ session, key, mechanism, pss, input, signature }: SigningCall): Uint8Array {
  const signatureLength = signature?.length ?? 0;
  const octets = new Uint8Array(INPUT_AT + input.length + signatureLength);
  const { hashAlg, mgf, saltLen } = pss ?? NO_PSS;
  new Uint32Array(octets.buffer, 0, NUMBERS).set([mechanism, hashAlg, mgf, saltLen, input.length, signatureLength]);
  octets.set(session, SESSION_AT);
  octets.set(key, KEY_AT);
  octets.set(input, INPUT_AT);
  if (signature !== undefined) octets.set(signature, INPUT_AT + input.length);
  return octets;
}

/** @param octets of {@link octetsOf}, in memory of their own; the call's arrays are views of it */
export function callOf(octets: Uint8Array<ArrayBuffer>): SigningCall {
  const numbers = new Uint32Array(octets.buffer, 0, NUMBERS);
  const [mechanism = 0, hashAlg = 0, mgf = 0, saltLen = 0, inputLength = 0, signatureLength = 0] = numbers;
  const signatureAt = INPUT_AT + inputLength;
  return {
    session: octets.subarray(SESSION_AT, KEY_AT),
    key: octets.subarray(KEY_AT, INPUT_AT),
    mechanism,
    ...(hashAlg === 0 ? {} : { pss: { hashAlg, mgf, saltLen } }),
    input: octets.subarray(INPUT_AT, signatureAt),
    ...(signatureLength === 0 ? {} : { signature: octets.subarray(signatureAt, signatureAt + signatureLength) }),
  };
}

/** A failure as octets: its CKR value, 0 (CKR_OK) where there is none, and its sentence. */
export function octetsOfFailure({ message, code }: ThreadFailureRecord): Uint8Array {
  const octets = Buffer.alloc(4 + Buffer.byteLength(message));
  octets.writeUInt32LE(code ?? 0);
  octets.write(message, 4);
  return octets;
}

export function failureFrom(octets: Uint8Array): ThreadFailureRecord {
  const code = asBuffer(octets).readUInt32LE();
  const message = asBuffer(octets).toString('utf8', 4);
  return code === 0 ? { message } : { message, code };
}
