import type { SlotKdf, SlotKind } from '@cinnabar/custody';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One way to open a certificate's key: its data key, sealed under what the holder knows. */
@Entity({ name: 'key_slot' })
export class KeySlotEntity {
  @PrimaryColumn({ type: 'text', name: 'slot_id' })
  slotId!: string;

  @Column({ type: 'text' })
  certid!: string;

  @Column({ type: 'text' })
  kind!: SlotKind;

  /** Whose secret opens it. */
  @Column({ type: 'text' })
  holder!: string;

  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'integer', name: 'key_version' })
  keyVersion!: number;

  @Column({ type: 'text', nullable: true })
  delegation!: string | null;

  @Column({ type: 'timestamptz', name: 'valid_from', nullable: true })
  validFrom!: Date | null;

  @Column({ type: 'timestamptz', name: 'valid_to', nullable: true })
  validTo!: Date | null;

  @Column({ type: 'text', array: true })
  operations!: string[];

  @Column({ type: 'jsonb' })
  kdf!: SlotKdf;

  @Column({ type: 'bytea' })
  salt!: Buffer;

  @Column({ type: 'bytea', name: 'sealed_data_key' })
  sealedDataKey!: Buffer;
}
