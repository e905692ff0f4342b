import { Module } from '@nestjs/common';
import { CertModule } from '../cert/cert.module.ts';
import { CertGenCsr } from '../cert/gen-csr.operation.ts';
import { SignHash } from './hash.operation.ts';
import { SigningService } from './signing.service.ts';

/** With the one operation on certificates that signs. */
@Module({ imports: [CertModule], providers: [CertGenCsr, SignHash, SigningService], exports: [SigningService] })
export class SignModule {}
