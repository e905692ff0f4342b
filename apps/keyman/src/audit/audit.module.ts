import { Module } from '@nestjs/common';
import { OrgaModule } from '../orga/orga.module.ts';
import { AuditList } from './list.operation.ts';

@Module({ imports: [OrgaModule], providers: [AuditList] })
export class AuditModule {}
