import { Module } from '@nestjs/common';
import { CertModule } from '../cert/cert.module.ts';
import { SignHash } from './hash.operation.ts';
import { SigningService } from './signing.service.ts';

@Module({ imports: [CertModule], providers: [SignHash, SigningService], exports: [SigningService] })
export class SignModule {}
