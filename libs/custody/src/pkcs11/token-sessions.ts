import pkcs11js from 'pkcs11js';
import { CodedError } from '@cinnabar/core';
import { asHandle, ckrOf, initialiseCryptoki, loadCryptoki, type Cryptoki, type Handle } from './cryptoki.ts';
import type { TokenAddress } from './token-calls.ts';

const SESSION_FLAGS = pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION;

/** The library, logged in to one token, and the sessions opened on it. Everything here is synchronous: for the token thread only. */
export class TokenSessions {
  readonly cryptoki: Cryptoki;
  /** CK_SLOT_ID of the token. */
  readonly slot: Buffer;
  /** By handle, in hexadecimal. */
  readonly #open = new Map<string, Buffer>();

  /** @throws Error of pkcs11js, or CodedError `hsm-not-available` when no token bears the label */
  constructor({ modulePath, tokenLabel, pin }: TokenAddress, reinitialise = false) {
    this.cryptoki = loadCryptoki(modulePath);
    if (reinitialise) finalizeCryptoki(this.cryptoki);
    initialiseCryptoki(this.cryptoki);
    this.slot = this.#findToken(tokenLabel);
    const first = this.openSession();
    try {
      this.cryptoki.C_Login(first, pkcs11js.CKU_USER, pin);
    } catch (error) {
      // Logins hold for the process: another custody on this token was first.
      if (ckrOf(error) !== pkcs11js.CKR_USER_ALREADY_LOGGED_IN) {
        this.closeAll();
        throw error;
      }
    }
    this.service = first;
  }

  /** For everything that is neither a signature nor an unlocked key. */
  readonly service: Buffer;

  openSession(): Buffer {
    const session = this.cryptoki.C_OpenSession(this.slot, SESSION_FLAGS);
    this.#open.set(session.toString('hex'), session);
    return session;
  }

  openSigningSessions(count: number): Handle[] {
    return Array.from({ length: count }, () => asHandle(this.openSession()));
  }

  closeSession(session: Buffer): void {
    this.#open.delete(session.toString('hex'));
    try {
      this.cryptoki.C_CloseSession(session);
    } catch (error) {
      // A session that cannot be closed is gone already; anything but a PKCS#11 answer is a bug.
      if (ckrOf(error) === undefined) throw error;
    }
  }

  /** Only our own: C_CloseAllSessions would also end those of another custody in the process. */
  closeAll(): void {
    for (const session of this.#open.values()) this.closeSession(session);
  }

  #findToken(tokenLabel: string): Buffer {
    const found = this.cryptoki
      .C_GetSlotList(true)
      .filter((slot) => this.cryptoki.C_GetTokenInfo(slot).label.trimEnd() === tokenLabel);
    const [slot] = found;
    if (slot === undefined || found.length > 1) {
      const count = slot === undefined ? 'no token is' : 'more than one token is';
      throw new CodedError('hsm-not-available', `${count} called ${tokenLabel}`);
    }
    return slot;
  }
}

export function finalizeCryptoki(cryptoki: Cryptoki): void {
  try {
    cryptoki.C_Finalize();
  } catch (error) {
    // Not initialised, or an HSM that cannot even say goodbye: C_Initialize shows what is left.
    if (ckrOf(error) === undefined) throw error;
  }
}
