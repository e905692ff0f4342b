import type { Clock } from '@cinnabar/core';
import type { KeySlot, ProtectedKey } from '@cinnabar/custody';
import type { Certificate } from '@cinnabar/x509';
import { Inject, Injectable } from '@nestjs/common';
import { uniqueViolationOf } from '../database/unique-violation.ts';
import { toKeySlotEntity } from '../key-store/key-records.ts';
import { KeySlotEntity } from '../key-store/key-slot.entity.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { CLOCK } from '../ports.ts';
import { certificateColumns, keyColumns, NO_CERTIFICATE } from './certificate-columns.ts';
import { noteCertificate } from './certificate-note.ts';
import { CertificateEntity } from './certificate.entity.ts';
import type { KeyOwner } from './key-owner.ts';

/** A key that custody has just taken, and what is known of it. */
export interface NewKey {
  readonly owner: KeyOwner;
  readonly key: ProtectedKey;
  readonly slot: KeySlot;
  readonly publicKeySpkiDer: Uint8Array;
  /** In bits. */
  readonly keySize: number;
  /** As its owner or an admin describes it. */
  readonly wanted: {
    readonly name: string;
    readonly descr?: string | undefined;
    readonly custom1?: string | undefined;
    readonly custom2?: string | undefined;
    readonly custom3?: string | undefined;
  };
  /** An imported key has its certificate; one born in the HSM waits for it. */
  readonly imported?: { readonly certificate: Certificate; readonly chainDer: readonly Uint8Array[] };
}

/** Stores new keys, each with its first slot and its audit record in one transaction. */
@Injectable()
export class KeyIntake {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /** @throws CodedError `already-exists` where the owner has this certificate */
  async store(context: OperationContext, newKey: NewKey): Promise<CertificateEntity> {
    const certificate = this.record(newKey, context.caller.userid);
    noteCertificate(context.note, certificate);
    try {
      await context.change(async (manager) => {
        await manager.insert(CertificateEntity, certificate);
        await manager.insert(KeySlotEntity, toKeySlotEntity(newKey.slot));
      });
    } catch (error) {
      throw uniqueViolationOf(error);
    }
    return certificate;
  }

  private record({ owner, key, publicKeySpkiDer, keySize, wanted, imported }: NewKey, oper: string): CertificateEntity {
    return Object.assign(new CertificateEntity(), {
      ...keyColumns(key),
      ...(imported === undefined ? NO_CERTIFICATE : certificateColumns(imported.certificate, imported.chainDer)),
      orgaid: owner.orgaid,
      userid: owner.userid,
      oper,
      name: wanted.name,
      descr: wanted.descr ?? null,
      custom1: wanted.custom1 ?? null,
      custom2: wanted.custom2 ?? null,
      custom3: wanted.custom3 ?? null,
      disabled: false,
      disabledBy: null,
      version: 1,
      origin: imported === undefined ? 'generated' : 'imported',
      createdAt: this.clock.now(),
      publicKeySpki: Buffer.from(publicKeySpkiDer),
      keySize,
    } as const);
  }
}
