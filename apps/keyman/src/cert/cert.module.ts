import { Module } from '@nestjs/common';
import { MailModule } from '../mail/mail.module.ts';
import { OrgaModule } from '../orga/orga.module.ts';
import { UserModule } from '../user/user.module.ts';
import { Activation } from './activation.ts';
import { ActivationSlots } from './activation-slots.ts';
import { CertificateRepository } from './certificate.repository.ts';
import { CertDel } from './del.operation.ts';
import { GenerationPlaces } from './generation-places.ts';
import { FirstPin } from './first-pin.ts';
import { CertGet } from './get.operation.ts';
import { HeldCertificateRepository } from './held-certificate.repository.ts';
import { HeldCertificates } from './held-certificates.ts';
import { CertImportPfx } from './import-pfx.operation.ts';
import { ImportPolicy } from './import-policy.ts';
import { CertInstallCer } from './install-cer.operation.ts';
import { KeyIntake } from './key-intake.ts';
import { KeyOwners } from './key-owner.ts';
import { CertListAvailable } from './list-available.operation.ts';
import { PfxImport } from './pfx-import.ts';
import { CertPinCheck } from './pin-check.operation.ts';
import { PinPolicy } from './pin-policy.ts';
import { CertPinSet } from './pin-set.operation.ts';
import { CertPinUnlock } from './pin-unlock.operation.ts';
import { PinUse } from './pin-use.ts';
import { CertRsaGen } from './rsa-gen.operation.ts';
import { CertSet } from './set.operation.ts';

@Module({
  imports: [MailModule, OrgaModule, UserModule],
  providers: [
    Activation,
    CertDel,
    ActivationSlots,
    CertGet,
    CertImportPfx,
    CertInstallCer,
    CertListAvailable,
    CertPinCheck,
    CertPinSet,
    CertPinUnlock,
    CertRsaGen,
    CertSet,
    CertificateRepository,
    GenerationPlaces,
    FirstPin,
    HeldCertificateRepository,
    HeldCertificates,
    ImportPolicy,
    KeyIntake,
    KeyOwners,
    PfxImport,
    PinPolicy,
    PinUse,
  ],
  exports: [Activation, CertificateRepository, HeldCertificates, PinUse],
})
export class CertModule {}
