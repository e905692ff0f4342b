import type { KeyType, WrappingMechanism } from '@cinnabar/custody';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export type CertificateOrigin = 'imported' | 'generated';

/**
 * A key in custody with its certificate, or waiting for it. The key is wrapped by the HSM and sealed again; see the
 * design, "Key custody". What the certificate says is there as a whole or, for a key born in the HSM, not yet (null).
 */
@Entity({ name: 'certificate' })
export class CertificateEntity {
  /** 12 upper-case hexadecimal digits. */
  @PrimaryColumn({ type: 'text' })
  certid!: string;

  @Column({ type: 'text' })
  orgaid!: string;

  /** The owner. */
  @Column({ type: 'text' })
  userid!: string;

  /** Who put it here. */
  @Column({ type: 'text' })
  oper!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', nullable: true })
  descr!: string | null;

  @Column({ type: 'text', nullable: true })
  custom1!: string | null;

  @Column({ type: 'text', nullable: true })
  custom2!: string | null;

  @Column({ type: 'text', nullable: true })
  custom3!: string | null;

  @Column({ type: 'boolean' })
  disabled!: boolean;

  /** Who disabled it last, by userid; null: nobody did, or nobody knows. Means nothing where it is not disabled. */
  @Column({ type: 'text', name: 'disabled_by', nullable: true })
  disabledBy!: string | null;

  /** Grows with each change that must stop signatures under way. */
  @Column({ type: 'integer' })
  version!: number;

  /** `imported` or `generated`: an imported key has been outside an HSM. */
  @Column({ type: 'text' })
  origin!: CertificateOrigin;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'bytea', name: 'certificate_der', nullable: true, select: false })
  certificateDer!: Buffer | null;

  /** Issuers, from the certificate's own upwards. */
  @Column({ type: 'bytea', array: true, name: 'chain_der', select: false })
  chainDer!: Buffer[];

  @Column({ type: 'bytea', name: 'public_key_spki', select: false })
  publicKeySpki!: Buffer;

  @Column({ type: 'text', nullable: true })
  subject!: string | null;

  @Column({ type: 'text', name: 'subject_cn', nullable: true })
  subjectCn!: string | null;

  @Column({ type: 'text', nullable: true })
  issuer!: string | null;

  @Column({ type: 'text', name: 'issuer_cn', nullable: true })
  issuerCn!: string | null;

  @Column({ type: 'text', nullable: true })
  serial!: string | null;

  @Column({ type: 'text', nullable: true })
  signalg!: string | null;

  /** In bits. */
  @Column({ type: 'integer', name: 'key_size' })
  keySize!: number;

  @Column({ type: 'timestamptz', name: 'valid_from', nullable: true })
  validFrom!: Date | null;

  @Column({ type: 'timestamptz', name: 'valid_to', nullable: true })
  validTo!: Date | null;

  /** Upper-case hexadecimal digits. */
  @Column({ type: 'text', name: 'fingerprint_sha1', nullable: true })
  fingerprintSha1!: string | null;

  /** null: never checked. */
  @Column({ type: 'boolean', nullable: true })
  revoked!: boolean | null;

  @Column({ type: 'integer', name: 'key_version' })
  keyVersion!: number;

  @Column({ type: 'integer', name: 'kek_version' })
  kekVersion!: number;

  @Column({ type: 'text', name: 'wrapping_mechanism' })
  wrappingMechanism!: WrappingMechanism;

  @Column({ type: 'text', name: 'key_type' })
  keyType!: KeyType;

  @Column({ type: 'bytea', name: 'sealed_key', select: false })
  sealedKey!: Buffer;
}
