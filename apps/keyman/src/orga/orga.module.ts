import { Module } from '@nestjs/common';
import { OrganisationPolicies } from './organisation-policies.ts';
import { OrganisationScope } from './organisation-scope.ts';

@Module({ providers: [OrganisationPolicies, OrganisationScope], exports: [OrganisationPolicies, OrganisationScope] })
export class OrgaModule {}
