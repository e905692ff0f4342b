import pkcs11js from 'pkcs11js';

/** The library's functions, by their PKCS#11 names. */
export type Cryptoki = InstanceType<typeof pkcs11js.PKCS11>;
/** CK_SESSION_HANDLE or CK_OBJECT_HANDLE: 8 octets in machine order, good in every thread of the process. */
export type Handle = Uint8Array<ArrayBuffer>;

/** Loads the library into this thread. The operating system maps it once per process: Cryptoki's state is the process's. */
export function loadCryptoki(modulePath: string): Cryptoki {
  const cryptoki = new pkcs11js.PKCS11();
  cryptoki.load(modulePath);
  return cryptoki;
}

/** C_Initialize for many threads. Without CKF_OS_LOCKING_OK two signatures at once crash the process. */
export function initialiseCryptoki(cryptoki: Cryptoki): void {
  try {
    cryptoki.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
  } catch (error) {
    // Another custody of this process came first, with the same flags.
    if (ckrOf(error) !== pkcs11js.CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error;
  }
}

/** The CKR value of an error from pkcs11js, or from a thread that met one. Some of its functions (C_CreateObject) put it into the text alone. */
export function ckrOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'number') return error.code;
  const [, digits] = /^CKR_\w+:(\d+)$/.exec(error.message) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** What an error says of the HSM. */
export type Diagnosis = 'lost' | 'stale-key' | 'unclear';

const LOST: ReadonlySet<number> = new Set([
  pkcs11js.CKR_DEVICE_ERROR,
  pkcs11js.CKR_DEVICE_MEMORY,
  pkcs11js.CKR_DEVICE_REMOVED,
  pkcs11js.CKR_SESSION_CLOSED,
  pkcs11js.CKR_SESSION_HANDLE_INVALID,
  pkcs11js.CKR_SLOT_ID_INVALID,
  pkcs11js.CKR_TOKEN_NOT_PRESENT,
  pkcs11js.CKR_TOKEN_NOT_RECOGNIZED,
  pkcs11js.CKR_USER_NOT_LOGGED_IN,
  pkcs11js.CKR_CRYPTOKI_NOT_INITIALIZED,
]);

const STALE_KEY: ReadonlySet<number> = new Set([pkcs11js.CKR_KEY_HANDLE_INVALID, pkcs11js.CKR_OBJECT_HANDLE_INVALID]);

const SESSION_GONE: ReadonlySet<number> = new Set([pkcs11js.CKR_SESSION_CLOSED, pkcs11js.CKR_SESSION_HANDLE_INVALID]);

/**
 * Other values (CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, …) say nothing of whether the HSM is still there: one odd key
 * must not take custody down for everybody, so they are looked into before anything is concluded.
 */
export function diagnose(error: unknown): Diagnosis {
  const ckr = ckrOf(error);
  if (ckr === undefined) return 'unclear';
  if (LOST.has(ckr)) return 'lost';
  return STALE_KEY.has(ckr) ? 'stale-key' : 'unclear';
}

export function isSessionGone(error: unknown): boolean {
  const ckr = ckrOf(error);
  return ckr !== undefined && SESSION_GONE.has(ckr);
}

const PIN_REFUSED: ReadonlySet<number> = new Set([
  pkcs11js.CKR_PIN_INCORRECT,
  pkcs11js.CKR_PIN_INVALID,
  pkcs11js.CKR_PIN_LEN_RANGE,
  pkcs11js.CKR_PIN_EXPIRED,
  pkcs11js.CKR_PIN_LOCKED,
]);

export function isPinRefused(error: unknown): boolean {
  const ckr = ckrOf(error);
  return ckr !== undefined && PIN_REFUSED.has(ckr);
}

/** pkcs11js takes Buffers only; this is a view, not a copy. */
export function asBuffer(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length);
}

/** A handle of its own memory, fit to travel between threads. */
export function asHandle(handle: Buffer): Handle {
  return Uint8Array.from(handle);
}
