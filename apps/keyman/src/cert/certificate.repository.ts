import { CodedError, type Clock } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { matching } from '../database/text-filter.ts';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { Caller } from '../pipeline/caller.ts';
import { CLOCK } from '../ports.ts';
import { CertificateEntity } from './certificate.entity.ts';

export interface AvailableFilter {
  readonly userid?: string | undefined;
  readonly orgaid?: string | undefined;
  readonly linked?: boolean | undefined;
  readonly revoked?: boolean | undefined;
  readonly expired?: boolean | undefined;
}

export interface CertificateChain {
  readonly certificateDer: Uint8Array;
  /** Issuers, from the certificate's own upwards. */
  readonly chainDer: readonly Uint8Array[];
}

/** Rows that one answer may hold; Cert/List pages through more. */
const LIST_MAX = 1000;

@Injectable()
export class CertificateRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly scope: OrganisationScope,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws CodedError `not-found` also for what the caller may not see */
  async visibleTo(caller: Caller, certid: string): Promise<CertificateEntity> {
    const certificate = await this.dataSource
      .getRepository(CertificateEntity)
      .findOneBy({ certid: certid.toUpperCase() });
    if (certificate === null || !(await this.maySee(caller, certificate))) throw noSuchCertificate();
    return certificate;
  }

  /** The certificate and its issuers, which a document signature embeds. */
  async chainOf(certid: string): Promise<CertificateChain> {
    const { certificateDer, chainDer } = await this.dataSource
      .getRepository(CertificateEntity)
      .findOneOrFail({ select: { certid: true, certificateDer: true, chainDer: true }, where: { certid } });
    return { certificateDer, chainDer };
  }

  /** The caller's own, and those of the organisations that he administers. */
  async maySee(caller: Caller, certificate: { readonly userid: string; readonly orgaid: string }): Promise<boolean> {
    return (
      certificate.userid === caller.userid || (await this.scope.administeredBy(caller)).includes(certificate.orgaid)
    );
  }

  /** Usable now: not disabled, not revoked, within its validity unless `expired` asks otherwise. Without a user or an organisation: the caller's own. */
  async availableTo(caller: Caller, filter: AvailableFilter): Promise<CertificateEntity[]> {
    if (filter.linked === true) return [];
    const now = this.clock.now();
    const query = this.dataSource
      .getRepository(CertificateEntity)
      .createQueryBuilder('c')
      .where('NOT c.disabled')
      .andWhere('(c.userid = :self OR c.orgaid = ANY(:administered))', {
        self: caller.userid,
        administered: await this.scope.administeredBy(caller),
      })
      .andWhere(filter.revoked === true ? 'c.revoked' : 'c.revoked IS NOT TRUE')
      .andWhere(filter.expired === true ? 'c.validTo < :now' : 'c.validFrom <= :now AND c.validTo >= :now', { now })
      .orderBy('c.certid')
      .limit(LIST_MAX);
    if (filter.userid !== undefined) query.andWhere(...matching('c', 'userid', filter.userid));
    if (filter.orgaid !== undefined) query.andWhere(...matching('c', 'orgaid', filter.orgaid));
    if (filter.userid === undefined && filter.orgaid === undefined) query.andWhere('c.userid = :self');
    return query.getMany();
  }
}

export function noSuchCertificate(): CodedError {
  return new CodedError('not-found', 'there is no such certificate');
}
