import { toDateText, type CertObject } from '@cinnabar/keyman-api';
import type { CertificateEntity } from './certificate.entity.ts';

/** A certificate as answered; PINs are never among it. What a certificate says is null for a key that waits for its own. */
export function toCertObject(certificate: CertificateEntity, now: Date): CertObject {
  return {
    certid: certificate.certid,
    name: certificate.name,
    orgaid: certificate.orgaid,
    userid: certificate.userid,
    descr: certificate.descr,
    custom1: certificate.custom1,
    custom2: certificate.custom2,
    custom3: certificate.custom3,
    disabled: certificate.disabled,
    createdate: toDateText(certificate.createdAt),
    subject: certificate.subject,
    subjectcn: certificate.subjectCn,
    issuer: certificate.issuer,
    issuercn: certificate.issuerCn,
    validfrom: dateTextOf(certificate.validFrom),
    validto: dateTextOf(certificate.validTo),
    serial: certificate.serial,
    signalg: certificate.signalg,
    keysize: String(certificate.keySize),
    certprovider: 'hsm',
    delegated: false,
    delegid: 0,
    oper: certificate.oper,
    linked: false,
    pin: null,
    newpin: null,
    revoked: certificate.revoked,
    expired: certificate.validTo === null ? null : certificate.validTo.getTime() < now.getTime(),
    fingerprintsha1: certificate.fingerprintSha1,
    sha1sum: certificate.fingerprintSha1,
    providerdata: null,
    origin: certificate.origin,
    installed: certificate.fingerprintSha1 !== null,
  };
}

function dateTextOf(moment: Date | null): string | null {
  return moment === null ? null : toDateText(moment);
}
