import type { KeySlot, ProtectedKey, SlotStore } from '@cinnabar/custody';
import type { DataSource } from 'typeorm';
import { CertificateEntity } from '../cert/certificate.entity.ts';
import { toKeySlot, toProtectedKey } from './key-records.ts';
import { KeySlotEntity } from './key-slot.entity.ts';

/** Protected keys and slots in PostgreSQL. Read only when a key is not unlocked yet. */
export class TypeOrmSlotStore implements SlotStore {
  constructor(private readonly dataSource: DataSource) {}

  async load(slotId: string): Promise<{ readonly key: ProtectedKey; readonly slot: KeySlot } | undefined> {
    const slot = await this.dataSource.getRepository(KeySlotEntity).findOneBy({ slotId });
    if (slot === null) return undefined;
    const certificate = await this.dataSource
      .getRepository(CertificateEntity)
      .createQueryBuilder('c')
      .addSelect('c.sealedKey')
      .where('c.certid = :certid', { certid: slot.certid })
      .getOne();
    return certificate === null ? undefined : { key: toProtectedKey(certificate), slot: toKeySlot(slot) };
  }
}
