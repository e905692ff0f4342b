import { CodedError, type Clock } from '@cinnabar/core';
import { parseCertificate } from '@cinnabar/x509';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { matching } from '../database/text-filter.ts';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { Caller } from '../pipeline/caller.ts';
import { CLOCK } from '../ports.ts';
import { CertificateEntity } from './certificate.entity.ts';
import { isOverKey } from './issued-certificate.ts';

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

/** A certificate, and the key that is said to be its own. */
interface KeyOfCertificate {
  readonly certid: string;
  readonly publicKeySpkiDer: Uint8Array;
}

export interface GovernedCertificate {
  readonly certificate: CertificateEntity;
  /** Does the caller administer its organisation? An owner may do so too. */
  readonly byAdmin: boolean;
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

  /**
   * For those who may change it: its owner, and the admins of its organisation.
   *
   * @throws CodedError `not-found`, `not-authorised` for whoever sees it and governs it not
   */
  async governedBy(caller: Caller, certid: string): Promise<GovernedCertificate> {
    const certificate = await this.visibleTo(caller, certid);
    const byAdmin = (await this.scope.administeredBy(caller)).includes(certificate.orgaid);
    if (!byAdmin && certificate.userid !== caller.userid)
      throw new CodedError('not-authorised', 'only its owner and the admins of its organisation change a certificate');
    return { certificate, byAdmin };
  }

  /** SubjectPublicKeyInfo of a key in custody. */
  async publicKeyOf(certid: string): Promise<Uint8Array> {
    const { publicKeySpki } = await this.dataSource
      .getRepository(CertificateEntity)
      .findOneOrFail({ select: { certid: true, publicKeySpki: true }, where: { certid } });
    return publicKeySpki;
  }

  /** How many keys of a user wait for their certificate. */
  awaitedBy(userid: string): Promise<number> {
    return this.dataSource.getRepository(CertificateEntity).countBy({ userid, certificateDer: IsNull() });
  }

  /**
   * The certificate and its issuers, which a document signature embeds. It is over the very key that signs: a signature is
   * checked with that one before it leaves, and must not stand in the name of a certificate over another.
   *
   * @throws CodedError `certificate-not-usable` for a key without one, `internal` for another's
   */
  async chainOf({ certid, publicKeySpkiDer }: KeyOfCertificate): Promise<CertificateChain> {
    const { certificateDer, chainDer } = await this.dataSource
      .getRepository(CertificateEntity)
      .findOneOrFail({ select: { certid: true, certificateDer: true, chainDer: true }, where: { certid } });
    if (certificateDer === null) throw new CodedError('certificate-not-usable', 'the key has no certificate yet');
    if (!isOverKey(parseCertificate(certificateDer, 'certificate'), publicKeySpkiDer))
      throw new CodedError('internal', 'the certificate cannot be used', {
        context: { reason: 'certificate is over another key', certid },
      });
    return { certificateDer, chainDer };
  }

  /** The caller's own, and those of the organisations that he administers. */
  async maySee(caller: Caller, certificate: { readonly userid: string; readonly orgaid: string }): Promise<boolean> {
    return (
      certificate.userid === caller.userid || (await this.scope.administeredBy(caller)).includes(certificate.orgaid)
    );
  }

  /** Usable now: with a certificate, not disabled, not revoked, within its validity unless `expired` asks otherwise. Without a user or an organisation: the caller's own. */
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
