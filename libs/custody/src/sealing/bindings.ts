import type { ProtectedKey, SecretSlotKdf, SlotDescription } from '../protected-key.ts';
import { encodeFields } from './canonical-encoding.ts';

/** Authenticated data of a sealed key: a blob moved to another certificate, version or KEK does not open. */
export function keyBinding(key: Omit<ProtectedKey, 'sealedKey'>): Uint8Array {
  return encodeFields('cinnabar/sealed-key/1', [
    key.certid,
    key.keyVersion,
    key.kekVersion,
    key.wrappingMechanism,
    key.keyType,
  ]);
}

/** Authenticated data of a sealed data key: a slot moved, promoted, prolonged or weakened in the database does not open. */
export function slotBinding(slot: SlotDescription & { readonly kdf: SecretSlotKdf }): Uint8Array {
  return encodeFields('cinnabar/key-slot/1', [
    slot.certid,
    slot.keyVersion,
    slot.slotId,
    slot.slotVersion,
    slot.kind,
    slot.holder,
    slot.delegation,
    slot.validFromAt,
    slot.validToAt,
    slot.operations,
    slot.kdf.algorithm,
    slot.kdf.memoryKib,
    slot.kdf.passes,
    slot.kdf.parallelism,
    slot.kdf.hmacKeyVersion,
  ]);
}
