import { Module } from '@nestjs/common';
import { DocumentPool } from './document-pool.ts';

@Module({ providers: [DocumentPool], exports: [DocumentPool] })
export class WorkersModule {}
