import { Module } from '@nestjs/common';
import { OrgaModule } from '../orga/orga.module.ts';
import { UserModule } from '../user/user.module.ts';
import { CertificateRepository } from './certificate.repository.ts';
import { CertGet } from './get.operation.ts';
import { HeldCertificateRepository } from './held-certificate.repository.ts';
import { HeldCertificates } from './held-certificates.ts';
import { CertImportPfx } from './import-pfx.operation.ts';
import { ImportPolicy } from './import-policy.ts';
import { CertListAvailable } from './list-available.operation.ts';
import { PfxImport } from './pfx-import.ts';
import { CertPinCheck } from './pin-check.operation.ts';
import { PinPolicy } from './pin-policy.ts';

@Module({
  imports: [OrgaModule, UserModule],
  providers: [
    CertGet,
    CertImportPfx,
    CertListAvailable,
    CertPinCheck,
    CertificateRepository,
    HeldCertificateRepository,
    HeldCertificates,
    ImportPolicy,
    PfxImport,
    PinPolicy,
  ],
  exports: [CertificateRepository, HeldCertificates],
})
export class CertModule {}
