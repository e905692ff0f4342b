import type { SlotTicket } from '@cinnabar/custody';
import type { Addressee } from '../mail/addressee.ts';

/** What codes for a certificate depend on, and why somebody may have to do with them. */
export interface CodeStanding {
  readonly certid: string;
  readonly orgaid: string;
  readonly name: string;
  readonly subjectCn: string | null;
  readonly owner: Addressee & { readonly phone: string | null; readonly ident: string | null };
  readonly ownerDisabled: boolean;
  /** The caller is the owner, or one of his delegates (within the delegation); otherwise the organisation's policy must name him. */
  readonly role: 'owner' | 'delegate' | undefined;
  /** undefined: the owner has never set up codes. */
  readonly slot: CodeSlot | undefined;
}

export interface CodeSlot {
  readonly ticket: SlotTicket;
  /** The owner's address was changed since he confirmed it with his PIN. */
  readonly suspended: boolean;
}
