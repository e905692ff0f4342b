import type { KeyGuard } from '@cinnabar/audit';
import type { KeyType, SlotTicket } from '@cinnabar/custody';

/** What a use of a key needs to know of its certificate, read in one query. */
export interface StoredCertificate {
  readonly certid: string;
  readonly userid: string;
  readonly orgaid: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly ownerDisabled: boolean;
  readonly version: number;
  readonly revoked: boolean | null;
  /** null, with what else a certificate says: the key waits for its certificate. */
  readonly validFromAt: Date | null;
  readonly validToAt: Date | null;
  readonly subjectCn: string | null;
  readonly issuerCn: string | null;
  readonly serial: string | null;
  readonly fingerprintSha1: string | null;
  readonly keyType: KeyType;
  readonly publicKeySpkiDer: Uint8Array;
  /** Who asks: the caller. */
  readonly holder: string;
  /** What he asks for, by the contract's name; undefined: to look after his PIN. */
  readonly operation: string | undefined;
  /** The holder's slot; undefined where he has none. The owner's own comes before what was delegated to him. */
  readonly ticket: SlotTicket | undefined;
  /** False for a delegate's slot that is not for the operation. */
  readonly covered: boolean;
}

/** A certificate whose key the caller holds a slot of. */
export type HeldCertificate = StoredCertificate & { readonly ticket: SlotTicket };

/** As it was read a moment ago: what is made with it is released only under its guard, which compares whole rows. */
export type RememberedCertificate = HeldCertificate & { readonly guard: KeyGuard };
