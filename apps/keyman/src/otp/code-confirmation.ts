import { CodedError } from '@cinnabar/core';
import type { KeyCustody, KeySlot } from '@cinnabar/custody';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { HeldCertificates } from '../cert/held-certificates.ts';
import { PinUse } from '../cert/pin-use.ts';
import { toKeySlotEntity } from '../key-store/key-records.ts';
import { KeySlotEntity } from '../key-store/key-slot.entity.ts';
import { addressOf } from '../mail/addressee.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { KEY_CUSTODY } from '../ports.ts';
import type { CodeSlot, CodeStanding } from './code-standing.ts';

/** The owner says with his PIN that codes may go to his present address: sets codes up, lifts a suspension, forgets wrong codes. */
@Injectable()
export class CodeConfirmation {
  constructor(
    private readonly certificates: HeldCertificates,
    private readonly pins: PinUse,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
  ) {}

  /**
   * Makes the code slot anew, in the place of a former one and of all codes made from it.
   *
   * @throws CodedError `not-authorised` for anybody but the owner, `wrong-pin`, `pin-locked`, `refused-in-state`
   */
  async confirm(context: OperationContext, standing: CodeStanding, pin: string): Promise<CodeSlot> {
    const { certid, owner, role } = standing;
    if (role !== 'owner')
      throw new CodedError('not-authorised', 'only the owner confirms with his PIN where codes may go');
    const destination = addressOf(owner);
    const certificate = await this.certificates.heldBy(context, certid);
    const slot = await this.pins.of(certificate, () =>
      this.custody.addCodeSlot(certificate.ticket, pin, { holder: owner.userid, destination }),
    );
    await context.change(async (manager) => {
      await requireUnchanged(manager, owner, slot);
      await replaceCodeSlot(manager, slot);
    });
    const { slotId, slotVersion, keyVersion } = slot;
    return { ticket: { certid, slotId, slotVersion, keyVersion, locked: false }, suspended: false };
  }
}

/** What was confirmed is what stands now, and stays until the slot is stored: a change meanwhile must suspend it, not miss it. */
async function requireUnchanged(manager: EntityManager, owner: CodeStanding['owner'], slot: KeySlot): Promise<void> {
  const users: unknown[] = await manager.query(
    `SELECT FROM keyman_user WHERE userid = $1 AND NOT disabled
        AND email IS NOT DISTINCT FROM $2 AND phone IS NOT DISTINCT FROM $3 AND ident IS NOT DISTINCT FROM $4 FOR SHARE`,
    [owner.userid, owner.email, owner.phone, owner.ident],
  );
  // Confirmations of one certificate take turns.
  const certificates: unknown[] = await manager.query(
    'SELECT FROM certificate WHERE certid = $1 AND key_version = $2 FOR UPDATE',
    [slot.certid, slot.keyVersion],
  );
  if (users.length === 0 || certificates.length === 0)
    throw new CodedError('refused-in-state', 'the owner or the certificate was changed meanwhile');
}

/** How many codes were asked for goes over to the new slot; tries do not, since the PIN was right. */
async function replaceCodeSlot(manager: EntityManager, slot: KeySlot): Promise<void> {
  const [former] = await manager.query<[{ codes_asked: number; codes_since: Date | number }[], number]>(
    "DELETE FROM key_slot WHERE certid = $1 AND kind = 'code' RETURNING codes_asked, codes_since",
    [slot.certid],
  );
  await manager.insert(KeySlotEntity, toKeySlotEntity(slot));
  const asked = former[0];
  // '-infinity' is read as a number: never asked.
  if (asked === undefined || !(asked.codes_since instanceof Date)) return;
  await manager.query('UPDATE key_slot SET codes_asked = $2, codes_since = $3 WHERE slot_id = $1', [
    slot.slotId,
    asked.codes_asked,
    asked.codes_since,
  ]);
}
