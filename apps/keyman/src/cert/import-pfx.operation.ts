import { randomBytes } from 'node:crypto';
import { CodedError, zero, type Clock } from '@cinnabar/core';
import type { KeyCustody, KeySlot, ProtectedKey } from '@cinnabar/custody';
import { certImportPfx, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { uniqueViolationOf } from '../database/unique-violation.ts';
import { toKeySlotEntity } from '../key-store/key-records.ts';
import { KeySlotEntity } from '../key-store/key-slot.entity.ts';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK, KEY_CUSTODY } from '../ports.ts';
import { UserRepository } from '../user/user.repository.ts';
import { noteCertificate } from './certificate-note.ts';
import { toCertObject } from './certificate-object.ts';
import { CertificateEntity } from './certificate.entity.ts';
import { ImportPolicy } from './import-policy.ts';
import { PfxImport, type PfxContent } from './pfx-import.ts';
import { PinPolicy } from './pin-policy.ts';

type ImportRequest = RequestOf<typeof certImportPfx>;

/** Takes a key and its certificate out of a PFX file into custody, for the caller or, by an admin, for a user of his. */
@Injectable()
@Handles(certImportPfx)
export class CertImportPfx implements Operation<typeof certImportPfx> {
  constructor(
    private readonly users: UserRepository,
    private readonly scope: OrganisationScope,
    private readonly pins: PinPolicy,
    private readonly policy: ImportPolicy,
    private readonly files: PfxImport,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(request: ImportRequest, context: OperationContext) {
    const { cert: wanted, pfxdata, pfxpass } = request;
    context.note.data = wanted.name;
    const owner = await this.ownerFor(wanted.userid, context);
    const pin = await this.pins.choose(owner.orgaid, wanted.newpin, pfxpass);
    const content = await this.files.read(pfxdata, pfxpass);
    try {
      this.policy.check(content.certificate);
      const certid = randomBytes(6).toString('hex').toUpperCase();
      const { key, slot } = await this.custody.protect({
        certid,
        holder: owner.userid,
        privateKeyPkcs8Der: content.privateKeyPkcs8Der,
        publicKeySpkiDer: content.certificate.subjectPublicKeyInfoDer,
        pin,
      });
      const certificate = this.record(request, owner, content, key, context.caller.userid);
      await this.store(context, certificate, slot);
      return { cert: toCertObject(certificate, this.clock.now()) };
    } finally {
      zero(content.privateKeyPkcs8Der);
    }
  }

  /** @throws CodedError `not-authorised` for a user whom the caller sees but does not administer, `not-found` for any other */
  private async ownerFor(userid: string | undefined, { caller }: OperationContext): Promise<Owner> {
    if (userid === undefined || userid.toLowerCase() === caller.userid.toLowerCase()) return caller;
    const user = await this.users.oneVisibleTo(caller, userid);
    if (!(await this.scope.administeredBy(caller)).includes(user.orgaid)) {
      throw new CodedError('not-authorised', 'importing for another user needs admin privileges');
    }
    return user;
  }

  private async store(context: OperationContext, certificate: CertificateEntity, slot: KeySlot): Promise<void> {
    noteCertificate(context.note, certificate);
    try {
      await context.change(async (manager) => {
        await manager.insert(CertificateEntity, certificate);
        await manager.insert(KeySlotEntity, toKeySlotEntity(slot));
      });
    } catch (error) {
      throw uniqueViolationOf(error);
    }
  }

  private record(
    { cert: wanted }: ImportRequest,
    owner: Owner,
    content: PfxContent,
    key: ProtectedKey,
    oper: string,
  ): CertificateEntity {
    const { certificate, chainDer } = content;
    return Object.assign(new CertificateEntity(), {
      certid: key.certid,
      orgaid: owner.orgaid,
      userid: owner.userid,
      oper,
      name: wanted.name,
      descr: wanted.descr ?? null,
      custom1: wanted.custom1 ?? null,
      custom2: wanted.custom2 ?? null,
      custom3: wanted.custom3 ?? null,
      disabled: false,
      version: 1,
      origin: 'imported',
      createdAt: this.clock.now(),
      certificateDer: Buffer.from(certificate.certificateDer),
      chainDer: chainDer.map((der) => Buffer.from(der)),
      publicKeySpki: Buffer.from(certificate.subjectPublicKeyInfoDer),
      subject: certificate.subject.text,
      subjectCn: certificate.subject.commonName ?? null,
      issuer: certificate.issuer.text,
      issuerCn: certificate.issuer.commonName ?? null,
      serial: certificate.serialNumber,
      signalg: certificate.signatureAlgorithm.name,
      keySize: certificate.publicKeyAlgorithm.keySizeBits ?? 0,
      validFrom: certificate.validFromAt,
      validTo: certificate.validToAt,
      fingerprintSha1: certificate.fingerprintSha1,
      revoked: null,
      keyVersion: key.keyVersion,
      kekVersion: key.kekVersion,
      wrappingMechanism: key.wrappingMechanism,
      keyType: key.keyType,
      sealedKey: Buffer.from(key.sealedKey),
    });
  }
}

interface Owner {
  readonly userid: string;
  readonly orgaid: string;
}
