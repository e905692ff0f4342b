import { Module } from '@nestjs/common';
import { CertModule } from '../cert/cert.module.ts';
import { CertGenCsr } from '../cert/gen-csr.operation.ts';
import { OtpModule } from '../otp/otp.module.ts';
import { SignHash } from './hash.operation.ts';
import { Signers } from './signers.ts';
import { SigningService } from './signing.service.ts';

/** With the one operation on certificates that signs. */
@Module({
  imports: [CertModule, OtpModule],
  providers: [CertGenCsr, SignHash, Signers, SigningService],
  exports: [Signers, SigningService],
})
export class SignModule {}
