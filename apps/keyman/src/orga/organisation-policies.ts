import { CodedError } from '@cinnabar/core';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { OrganisationEntity } from './organisation.entity.ts';
import { organisationPolicy, type OrganisationPolicy } from './organisation-policy.ts';

/** Reads what organisations ask of their users. */
@Injectable()
export class OrganisationPolicies {
  private readonly log = new Logger('OrganisationPolicies');

  constructor(private readonly dataSource: DataSource) {}

  /** @throws CodedError `internal` for a stored policy that cannot be read: what it asked for is not known, so nothing passes */
  async of(orgaid: string): Promise<OrganisationPolicy> {
    const { policy } = await this.dataSource.getRepository(OrganisationEntity).findOneByOrFail({ orgaid });
    const read = organisationPolicy.safeParse(policy);
    if (read.success) return read.data;
    const problems = read.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
    this.log.error(`the policy of organisation ${orgaid} cannot be read: ${problems}`);
    throw new CodedError('internal', `the policy of organisation ${orgaid} cannot be read`, { cause: read.error });
  }
}
