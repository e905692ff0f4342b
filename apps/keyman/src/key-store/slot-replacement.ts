import { CodedError } from '@cinnabar/core';
import type { KeySlot } from '@cinnabar/custody';
import type { EntityManager } from 'typeorm';
import { toKeySlotEntity } from './key-records.ts';
import { KeySlotEntity } from './key-slot.entity.ts';

/**
 * Stores a slot that was sealed anew, one version up, in the place of exactly the version that it was made from: of two
 * changes at once one is refused. Tries and suspension stay as they are; what else a slot is, is bound into its sealing
 * and does not change with a secret.
 *
 * @throws CodedError `refused-in-state` where that version is no longer stored
 */
export async function replaceSlot(manager: EntityManager, slot: KeySlot): Promise<void> {
  const { slotId, certid, keyVersion, version, kdf, salt, sealedDataKey } = toKeySlotEntity(slot);
  const { affected } = await manager.update(
    KeySlotEntity,
    { slotId, certid, keyVersion, version: version - 1 },
    { version, kdf, salt, sealedDataKey },
  );
  if (affected !== 1) throw new CodedError('refused-in-state', 'the certificate was changed meanwhile');
}
