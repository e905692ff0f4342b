import type { KeyType, WrappingMechanism } from '@cinnabar/custody';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A certificate with its key in custody. The key is wrapped by the HSM and sealed again; see the design, "Key custody". */
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

  /** Grows with each change that must stop signatures under way. */
  @Column({ type: 'integer' })
  version!: number;

  /** `imported` or `generated`: an imported key has been outside an HSM. */
  @Column({ type: 'text' })
  origin!: string;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'bytea', name: 'certificate_der', select: false })
  certificateDer!: Buffer;

  /** Issuers, from the certificate's own upwards. */
  @Column({ type: 'bytea', array: true, name: 'chain_der', select: false })
  chainDer!: Buffer[];

  @Column({ type: 'bytea', name: 'public_key_spki', select: false })
  publicKeySpki!: Buffer;

  @Column({ type: 'text' })
  subject!: string;

  @Column({ type: 'text', name: 'subject_cn', nullable: true })
  subjectCn!: string | null;

  @Column({ type: 'text' })
  issuer!: string;

  @Column({ type: 'text', name: 'issuer_cn', nullable: true })
  issuerCn!: string | null;

  @Column({ type: 'text' })
  serial!: string;

  @Column({ type: 'text' })
  signalg!: string;

  /** In bits. */
  @Column({ type: 'integer', name: 'key_size' })
  keySize!: number;

  @Column({ type: 'timestamptz', name: 'valid_from' })
  validFrom!: Date;

  @Column({ type: 'timestamptz', name: 'valid_to' })
  validTo!: Date;

  /** Upper-case hexadecimal digits. */
  @Column({ type: 'text', name: 'fingerprint_sha1' })
  fingerprintSha1!: string;

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
