import type { KeySlot, ProtectedKey } from '@cinnabar/custody';
import type { CertificateEntity } from '../cert/certificate.entity.ts';
import { KeySlotEntity } from './key-slot.entity.ts';

type KeyColumns = Pick<
  CertificateEntity,
  'certid' | 'keyVersion' | 'kekVersion' | 'wrappingMechanism' | 'keyType' | 'sealedKey'
>;

export function toProtectedKey(row: KeyColumns): ProtectedKey {
  const { certid, keyVersion, kekVersion, wrappingMechanism, keyType, sealedKey } = row;
  return { certid, keyVersion, kekVersion, wrappingMechanism, keyType, sealedKey };
}

export function toKeySlot(row: KeySlotEntity): KeySlot {
  return {
    certid: row.certid,
    slotId: row.slotId,
    slotVersion: row.version,
    keyVersion: row.keyVersion,
    kind: row.kind,
    holder: row.holder,
    operations: row.operations,
    kdf: row.kdf,
    salt: row.salt,
    sealedDataKey: row.sealedDataKey,
    ...(row.delegation === null ? {} : { delegation: row.delegation }),
    ...(row.validFrom === null ? {} : { validFromAt: row.validFrom }),
    ...(row.validTo === null ? {} : { validToAt: row.validTo }),
  };
}

export function toKeySlotEntity(slot: KeySlot): KeySlotEntity {
  return Object.assign(new KeySlotEntity(), {
    slotId: slot.slotId,
    certid: slot.certid,
    kind: slot.kind,
    holder: slot.holder,
    version: slot.slotVersion,
    keyVersion: slot.keyVersion,
    delegation: slot.delegation ?? null,
    validFrom: slot.validFromAt ?? null,
    validTo: slot.validToAt ?? null,
    operations: [...slot.operations],
    kdf: slot.kdf,
    salt: Buffer.from(slot.salt),
    sealedDataKey: Buffer.from(slot.sealedDataKey),
  });
}
