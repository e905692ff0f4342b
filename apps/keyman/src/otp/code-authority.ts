import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';
import { noteCertid } from '../cert/certificate-note.ts';
import { CertificateRepository, noSuchCertificate } from '../cert/certificate.repository.ts';
import { OrganisationPolicies } from '../orga/organisation-policies.ts';
import type { Caller } from '../pipeline/caller.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { CodeStandingRepository, type OwnerName } from './code-standing.repository.ts';
import type { CodeSlot, CodeStanding } from './code-standing.ts';

/**
 * Who has to do with the codes of a certificate: its owner, a delegate of his, and whom the policy of the certificate's
 * organisation names. An admin as such does not.
 */
@Injectable()
export class CodeAuthority {
  constructor(
    private readonly standings: CodeStandingRepository,
    private readonly policies: OrganisationPolicies,
    private readonly certificates: CertificateRepository,
  ) {}

  /**
   * @param operation what the code is to sign, by the contract's name; undefined: it is asked for
   * @throws CodedError `not-found` (also: not for the caller to know of), `not-authorised`
   */
  async require(context: OperationContext, certid: string, operation?: string): Promise<CodeStanding> {
    noteCertid(context.note, certid);
    const { caller } = context;
    const standing = await this.standings.find(certid, caller.userid, operation);
    if (standing === undefined) throw noSuchCertificate();
    const { orgaid, owner } = standing;
    if (!(await this.isFor(caller, standing))) {
      if (!(await this.certificates.maySee(caller, { userid: owner.userid, orgaid }))) throw noSuchCertificate();
      throw new CodedError(
        'not-authorised',
        'codes are for the owner of a certificate, and whom his organisation names',
      );
    }
    context.note.userid = owner.userid;
    context.note.orgaid = orgaid;
    if (standing.ownerDisabled) throw new CodedError('not-authorised', 'the owner of the certificate is disabled');
    return standing;
  }

  /**
   * The one certificate with codes that the name stands for, among those that the caller may ask codes for.
   *
   * @param certid where the caller names it too
   * @param ownSetUp also those of the caller's own that have no codes yet: he sends his PIN along
   * @throws CodedError `not-found`, `invalid-parameter` for several
   */
  async named(
    { caller }: OperationContext,
    name: OwnerName,
    certid: string | undefined,
    ownSetUp: boolean,
  ): Promise<string> {
    const candidates = await this.standings.ownedBy(name, caller.userid);
    const found: CodeStanding[] = [];
    for (const each of candidates) {
      const isNamed = certid === undefined || each.certid === certid.toUpperCase();
      const hasCodes = each.slot !== undefined || (ownSetUp && each.role === 'owner');
      if (isNamed && hasCodes && (await this.isFor(caller, each))) found.push(each);
    }
    const [one, another] = found;
    if (one === undefined) throw new CodedError('not-found', 'there is no such user with a certificate for codes');
    if (another !== undefined)
      throw new CodedError('invalid-parameter', 'cert.certid: the user has several certificates for codes; name one');
    return one.certid;
  }

  private async isFor({ userid }: Caller, { role, orgaid }: CodeStanding): Promise<boolean> {
    if (role !== undefined) return true;
    const { otp } = await this.policies.of(orgaid);
    // To the letter: what is equal in any case is another thing to JavaScript than to the database that keeps names apart.
    return otp.callers.includes(userid);
  }
}

/** The certificate's slot for codes, where codes can be had of it now. @throws CodedError `refused-in-state`, saying what to do */
export function requireCodes({ slot }: CodeStanding): CodeSlot {
  if (slot === undefined)
    throw new CodedError(
      'refused-in-state',
      'the certificate is not set up for codes: its owner calls Otp/Request with cert.pin once',
    );
  if (slot.suspended)
    throw new CodedError(
      'refused-in-state',
      'the owner’s data was changed: he confirms his address by Otp/Request with cert.pin, until then there are no codes',
    );
  return slot;
}
