import type { KeyUsage } from '@cinnabar/x509';

export type TestKeyType = 'rsa2048' | 'rsa3072' | 'rsa4096' | 'p256' | 'p384' | 'p521';

/** One certificate of a test PKI. Plain JSON, so that a description can also stand in a file. */
export interface TestCertificateDescription {
  /** Encoded in this order, `type=value` joined by `, `: `C=ES, O=Cinabrio S.L., CN=Ana Prueba`. No escaping. */
  readonly subject: string;
  /** Name of the issuing entry; left out: self-signed. */
  readonly issuer?: string;
  /** Default `rsa2048`. */
  readonly key?: TestKeyType;
  /** A CA may issue; others get basicConstraints with cA FALSE. Default: true for a self-signed one. */
  readonly isCa?: boolean;
  /** Default: digitalSignature and nonRepudiation; of a CA keyCertSign and cRLSign. */
  readonly keyUsage?: readonly KeyUsage[];
  /** `emailProtection`, `clientAuth`, `timeStamping`, `ocspSigning` or a dotted OID. Default emailProtection; of a CA none. */
  readonly extendedKeyUsage?: readonly string[];
  /** Days from now, negative for the past. Default −1 and 730. */
  readonly validFromDays?: number;
  readonly validToDays?: number;
}

export type TestPkiDescription = Readonly<Record<string, TestCertificateDescription>>;

/** A PKI of made-up people: a root, an intermediate CA and signers for the cases that most tests need. */
export const STANDARD_TEST_PKI = {
  root: { subject: 'C=ES, O=Cinabrio Pruebas S.L., CN=Cinabrio Test Root CA' },
  intermediate: {
    subject: 'C=ES, O=Cinabrio Pruebas S.L., OU=Sistemas, CN=Cinabrio Test User CA',
    issuer: 'root',
    isCa: true,
  },
  ana: { subject: 'C=ES, L=Valencia, O=Test S.L., OU=User, CN=Ana Prueba Núñez', issuer: 'intermediate' },
  bruno: { subject: 'C=ES, O=Test S.L., CN=Bruno Ejemplo', issuer: 'intermediate', key: 'rsa3072' },
  clara: { subject: 'C=PT, O=Teste Lda, CN=Clara Amostra', issuer: 'intermediate', key: 'p256' },
  dario: { subject: 'C=IT, O=Prova S.r.l., CN=Dario Campione', issuer: 'intermediate', key: 'p384' },
  expired: { subject: 'C=ES, CN=Expirado Prueba', issuer: 'intermediate', validFromDays: -800, validToDays: -70 },
  notYetValid: { subject: 'C=ES, CN=Futuro Prueba', issuer: 'intermediate', validFromDays: 30 },
  selfSigned: { subject: 'C=ES, CN=Solo Prueba', isCa: false },
} as const satisfies TestPkiDescription;
