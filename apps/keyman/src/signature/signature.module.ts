import { Module } from '@nestjs/common';
import { CertModule } from '../cert/cert.module.ts';
import { SignModule } from '../sign/sign.module.ts';
import { WorkersModule } from '../workers/workers.module.ts';
import { PadesSigner } from './pades-signer.ts';
import { SignaturePades } from './pades.operation.ts';

@Module({ imports: [CertModule, SignModule, WorkersModule], providers: [PadesSigner, SignaturePades] })
export class SignatureModule {}
