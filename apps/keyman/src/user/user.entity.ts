import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A user as stored; `passwordHash` is a PHC string and is only read where a password is checked. */
@Entity({ name: 'keyman_user' })
export class UserEntity {
  @PrimaryColumn({ type: 'text' })
  userid!: string;

  @Column({ type: 'text' })
  orgaid!: string;

  @Column({ type: 'text', nullable: true })
  extid!: string | null;

  @Column({ type: 'text', nullable: true })
  email!: string | null;

  @Column({ type: 'text', nullable: true })
  name!: string | null;

  @Column({ type: 'text', nullable: true })
  lastname!: string | null;

  @Column({ type: 'text', nullable: true })
  phone!: string | null;

  @Column({ type: 'text', nullable: true })
  ident!: string | null;

  @Column({ type: 'text', nullable: true })
  lang!: string | null;

  @Column({ type: 'boolean' })
  disabled!: boolean;

  @Column({ type: 'boolean' })
  valid!: boolean;

  @Column({ type: 'boolean' })
  admin!: boolean;

  @Column({ type: 'boolean' })
  superadmin!: boolean;

  @Column({ type: 'boolean' })
  auditor!: boolean;

  @Column({ type: 'text' })
  authprovider!: string;

  @Column({ type: 'text', name: 'password_hash', nullable: true, select: false })
  passwordHash!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'last_login_at', nullable: true })
  lastLoginAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'previous_login_at', nullable: true })
  previousLoginAt!: Date | null;

  @Column({ type: 'text', name: 'last_ip', nullable: true })
  lastIp!: string | null;
}
