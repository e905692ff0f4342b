import type { KeyType, SlotTicket } from '@cinnabar/custody';

/** What a use of a key needs to know of its certificate, read in one query. */
export interface StoredCertificate {
  readonly certid: string;
  readonly userid: string;
  readonly orgaid: string;
  readonly name: string;
  readonly disabled: boolean;
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
  /** The holder's slot; undefined where he has none. */
  readonly ticket: SlotTicket | undefined;
}

/** A certificate whose key the caller holds a slot of. */
export type HeldCertificate = StoredCertificate & { readonly ticket: SlotTicket };
