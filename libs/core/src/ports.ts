/** Tells the time; the cryptographic column never asks the machine itself. */
export interface Clock {
  now(): Date;
}

/** Gives cryptographically strong random bytes. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** Outgoing HTTP, guarded by whoever implements it (address filter, time and size limits). */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;
