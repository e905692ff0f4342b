import { Module } from '@nestjs/common';
import { OrganisationScope } from './organisation-scope.ts';

@Module({ providers: [OrganisationScope], exports: [OrganisationScope] })
export class OrgaModule {}
