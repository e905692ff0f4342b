/** The manual's sample objects (chapter 11, slips mended) with every member that we answer. */
export const USER_EXAMPLE = {
  userid: 'miuser',
  extid: null,
  orgaid: 'MiOrg',
  email: 'miuser@example.test',
  name: 'Nombre',
  lastname: 'Apellidos',
  lastip: '192.0.2.7',
  ident: '12345678Z',
  disabled: false,
  createdate: '2017-10-11T15:25:44',
  lastlogin: '2017-10-16T09:18:25',
  previouslogin: '2017-10-16T09:15:43',
  authprovider: 'db',
  admin: false,
  superadmin: false,
  pass: null,
  validation: null,
  lang: 'es',
  valid: true,
  phone: '600600600',
};

export const CERT_EXAMPLE = {
  certid: '8A05B4C5CC92',
  name: 'testcert',
  orgaid: 'TestOrg',
  userid: 'testuser',
  descr: 'descr cert',
  custom1: null,
  custom2: null,
  custom3: null,
  disabled: false,
  createdate: '2018-02-02T11:32:03',
  subject: 'CN=test1, OU=User, O=Test S.L., L=Valencia, C=ES',
  subjectcn: 'test1',
  issuer: 'CN=Test User CA, OU=Sistemas, O=Test S.L., C=ES',
  issuercn: 'Test User CA',
  validfrom: '2016-02-15T17:15:16',
  validto: '2019-02-14T17:15:16',
  serial: '054C3E61E13981',
  signalg: 'sha256RSA',
  keysize: '2048',
  certprovider: 'hsm',
  delegated: false,
  delegid: 0,
  oper: 'operuser',
  linked: false,
  pin: null,
  newpin: null,
  revoked: null,
  expired: false,
  fingerprintsha1: '6D8174240C8120A934C11804F555F213DE99AACC',
  sha1sum: '6D8174240C8120A934C11804F555F213DE99AACC',
  providerdata: null,
  origin: 'imported',
  installed: true,
};

/** A key born in the HSM that has no certificate yet. */
export const WAITING_CERT_EXAMPLE = {
  ...CERT_EXAMPLE,
  ...{ subject: null, subjectcn: null, issuer: null, issuercn: null, validfrom: null, validto: null },
  ...{ serial: null, signalg: null, expired: null, fingerprintsha1: null, sha1sum: null },
  keysize: '3072',
  origin: 'generated',
  installed: false,
};

export const AUDIT_EXAMPLE = {
  auditid: 639312,
  date: '2018-04-30T07:57:29.896350Z',
  ip: '192.0.2.7',
  host: 'PC001',
  certid: '3B64347CD364',
  certsha1sum: '2F492835717273481823478234AF947723DD21FE',
  serial: '22B2BB15ED62F5CEA3',
  certidorig: null,
  orgaid: 'TEST',
  category: 'Sign',
  action: 'Hash',
  actiondata: 'SHA256',
  success: true,
  app: 'apitest',
  oper: 'testuser',
  userid: 'testuser',
  impersonator: null,
  location: null,
  module: 'testapi',
  modver: '6.3',
  data: null,
  info: 'Sign/Hash ok',
};

export const PAGE_EXAMPLE = { id: 2, itemspage: 25, numpages: 4, totalitems: 91 };

export const CALLER_EXAMPLE = { host: 'devhost', app: 'apitest' };

/** SHA-256 of the empty text, as a digest to sign. */
export const DIGEST_EXAMPLE = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

/** `%PDF-1.7`, as the beginning of a document. */
export const PDF_EXAMPLE = 'JVBERi0xLjcK';
