import { zero, type Clock } from '@cinnabar/core';
import type { KeyCustody } from '@cinnabar/custody';
import { certImportPfx, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK, KEY_CUSTODY } from '../ports.ts';
import { toCertObject } from './certificate-object.ts';
import { ImportPolicy } from './import-policy.ts';
import { KeyIntake } from './key-intake.ts';
import { KeyOwners } from './key-owner.ts';
import { newCertid } from './new-certid.ts';
import { PfxImport } from './pfx-import.ts';
import { PinPolicy } from './pin-policy.ts';

type ImportRequest = RequestOf<typeof certImportPfx>;

/** Takes a key and its certificate out of a PFX file into custody, for the caller or, by an admin, for a user of his. */
@Injectable()
@Handles(certImportPfx)
export class CertImportPfx implements Operation<typeof certImportPfx> {
  constructor(
    private readonly owners: KeyOwners,
    private readonly pins: PinPolicy,
    private readonly policy: ImportPolicy,
    private readonly files: PfxImport,
    private readonly intake: KeyIntake,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ cert: wanted, pfxdata, pfxpass }: ImportRequest, context: OperationContext) {
    context.note.data = wanted.name;
    const owner = await this.owners.for(context.caller, wanted.userid, 'importing');
    this.policy.requireAllowed();
    const pin = await this.pins.choose(owner.orgaid, wanted.newpin, pfxpass);
    const { certificate, chainDer, privateKeyPkcs8Der } = await this.files.read(pfxdata, pfxpass);
    try {
      const publicKeySpkiDer = certificate.subjectPublicKeyInfoDer;
      const { key, slot } = await this.custody.protect({
        certid: newCertid(),
        holder: owner.userid,
        privateKeyPkcs8Der,
        publicKeySpkiDer,
        pin,
      });
      const keySize = certificate.publicKeyAlgorithm.keySizeBits ?? 0;
      const imported = { certificate, chainDer };
      const stored = await this.intake.store(context, {
        owner,
        key,
        slot,
        publicKeySpkiDer,
        keySize,
        wanted,
        imported,
      });
      return { cert: toCertObject(stored, this.clock.now()) };
    } finally {
      zero(privateKeyPkcs8Der);
    }
  }
}
