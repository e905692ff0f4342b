/**
 * A one-time code as the database keeps it: the key's data key once more, sealed under an HMAC by the HSM over the code
 * and every member of this record. The right code is the one that opens; the code itself is stored nowhere.
 */
export interface OneTimeCode {
  readonly codeId: string;
  readonly certid: string;
  readonly keyVersion: number;
  /** The `code` slot that it was made from. */
  readonly slotId: string;
  readonly slotVersion: number;
  /** Who may use it, as {@link CodeRequest} named him. */
  readonly caller: string;
  /** Signatures that it is good for. How many are left, only the ledger knows. */
  readonly count: number;
  /** Digests that it is good for, as lower-case hexadecimal; absent: any. */
  readonly digests?: readonly string[];
  readonly expiresAt: Date;
  readonly hmacKeyVersion: number;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  readonly sealedDataKey: Uint8Array;
}

/** What a code is asked for. Who may ask, and how often, is for the application to say. */
export interface CodeRequest {
  /** Where the code will be sent, exactly as {@link CodeSlotRequest} had it: another address, and the slot does not open. */
  readonly destination: string;
  /** Who will sign with it, as the application names callers; 1 to 256 characters. Nobody else can. */
  readonly caller: string;
  /** Signatures that it is to be good for. */
  readonly count: number;
  /** The very digests that may be signed with it; absent: any. */
  readonly digests?: readonly Uint8Array[];
}

export interface CodeSlotRequest {
  readonly holder: string;
  /** The holder's address (e-mail, phone) that codes go to; part of what opens the slot, but not stored in it. */
  readonly destination: string;
}

/** Answer to {@link CodeLedger.reserve}. */
export type CodeReservation =
  { readonly granted: true; readonly code: OneTimeCode; readonly triesLeft: number } | { readonly granted: false };

/** Keeps one-time codes and counts their tries and uses, for all nodes together. Each method is one atomic, committed step. */
export interface CodeLedger {
  /** Keeps a new code with `tries` tries and `code.count` uses; a former one of the same slot and caller is withdrawn. */
  put(code: OneTimeCode, tries: number): Promise<void>;
  /** Spends one try of the caller's code for this slot, or refuses: there is none, or no try or no use is left. */
  reserve(slotId: string, caller: string): Promise<CodeReservation>;
  /** The reserved try was never evaluated: takes back this one try and nothing else. */
  cancel(codeId: string): Promise<void>;
  /** The reserved try was right: takes it back and spends one use. False when no use is left: another node had the last. */
  use(codeId: string): Promise<boolean>;
}
