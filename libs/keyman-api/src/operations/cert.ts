import { z } from 'zod';
import { CALLER_EXAMPLE, CERT_EXAMPLE, WAITING_CERT_EXAMPLE } from '../examples/objects.ts';
import { PIN_ERRORS } from './pin-errors.ts';
import { answeredBytes, bytes, certId, flag, secret, text } from '../members.ts';
import { callerObject } from '../objects/caller.ts';
import { certObject } from '../objects/cert.ts';
import { operation } from '../operation.ts';
import { gather } from '../request-shapes.ts';

/** Every member that a request's Cert object may have; they may also stand flat (contract, "REST"). */
const CERT_MEMBERS = [
  'certid',
  'pin',
  'otp',
  'newpin',
  'name',
  'userid',
  'orgaid',
  'descr',
  'custom1',
  'custom2',
  'custom3',
  'disabled',
  'linked',
  'revoked',
  'expired',
  'keysize',
];
const flatOrNested = gather('cert', CERT_MEMBERS);

const filterText = () => text(256).optional();

export const certImportPfx = operation('Cert/ImportPFX', {
  summary: 'Takes a certificate with its private key out of a PFX file into custody.',
  access: 'user',
  adapt: flatOrNested,
  request: z.object({
    cert: z
      .object({
        name: text(256),
        userid: text(128).optional(),
        descr: text(1024).optional(),
        newpin: secret(256).optional(),
        custom1: text(1024).optional(),
        custom2: text(1024).optional(),
        custom3: text(1024).optional(),
      })
      .prefault({} as never),
    pfxdata: bytes(),
    pfxpass: secret(256),
  }),
  response: z.object({ cert: certObject }),
  errors: ['not-authorised', 'not-found', 'not-supported', 'refused-by-policy', 'hsm-not-available'],
  example: {
    request: {
      cert: { userid: 'testuser', name: 'testcert', descr: 'descr cert', newpin: 'PinAcceso' },
      pfxdata: 'MIIhJgIBAzCC',
      pfxpass: 'ContraseñaAcceso',
    },
    response: { cert: CERT_EXAMPLE },
  },
});

export const certGet = operation('Cert/Get', {
  summary: 'Answers one certificate.',
  access: 'user',
  adapt: flatOrNested,
  request: z.object({ cert: z.object({ certid: certId() }).prefault({} as never) }),
  response: z.object({ cert: certObject }),
  errors: ['not-found'],
  example: { request: { cert: { certid: '8A05B4C5CC92' } }, response: { cert: CERT_EXAMPLE } },
});

export const certListAvailable = operation('Cert/ListAvailable', {
  summary:
    'Lists the certificates that can be used now: the caller’s own, or those of a user or an organisation that he administers.',
  access: 'user',
  adapt: flatOrNested,
  request: z.object({
    caller: callerObject,
    cert: z
      .object({
        linked: flag().optional(),
        revoked: flag().optional(),
        expired: flag().optional(),
        userid: filterText(),
        orgaid: filterText(),
      })
      .prefault({}),
  }),
  response: z.object({ certlist: z.array(certObject) }),
  example: {
    request: { caller: CALLER_EXAMPLE, cert: { userid: 'testuser' } },
    response: { certlist: [CERT_EXAMPLE] },
  },
});

export const certPinCheck = operation('Cert/PinCheck', {
  summary: 'Tells whether a PIN opens a certificate’s key; a wrong one counts as a try.',
  access: 'user',
  adapt: flatOrNested,
  onFailure: { result: false },
  request: z.object({ cert: z.object({ certid: certId(), pin: secret() }).prefault({} as never) }),
  response: z.object({ result: z.boolean() }),
  errors: [...PIN_ERRORS, 'refused-in-state'],
  example: { request: { cert: { certid: '8A05B4C5CC92', pin: '123#@Abc' } }, response: { result: true } },
});

export const certPinSet = operation('Cert/PinSet', {
  summary: 'Gives a certificate’s key a new PIN; a wrong current one counts as a try.',
  access: 'user',
  adapt: flatOrNested,
  request: z.object({
    cert: z.object({ certid: certId(), newpin: secret(), pin: secret() }).prefault({} as never),
  }),
  response: z.object({ result: z.boolean() }),
  errors: [...PIN_ERRORS, 'refused-in-state'],
  example: {
    request: { cert: { certid: '8A05B4C5CC92', pin: '##pinactual##', newpin: '##nuevopin##' } },
    response: { result: true },
  },
});

export const certPinUnlock = operation('Cert/PinUnlock', {
  summary: 'Gives back the tries of a certificate’s PINs, by an admin of its organisation; the PINs stay.',
  access: 'admin',
  adapt: flatOrNested,
  request: z.object({ cert: z.object({ certid: certId() }).prefault({} as never) }),
  response: z.object({ result: z.boolean() }),
  errors: ['not-found'],
  example: { request: { cert: { certid: '8A05B4C5CC92' } }, response: { result: true } },
});

export const certRsaGen = operation('Cert/RSAGen', {
  summary: 'Has a key made in the HSM (RSA or an elliptic curve), which waits for its certificate.',
  access: 'user',
  adapt: flatOrNested,
  request: z.object({
    cert: z
      .object({
        name: text(256),
        userid: text(128).optional(),
        newpin: secret(256).optional(),
        keysize: z.preprocess((size) => (typeof size === 'number' ? String(size) : size), text(32)).default('2048'),
        descr: text(1024).optional(),
        custom1: text(1024).optional(),
        custom2: text(1024).optional(),
        custom3: text(1024).optional(),
      })
      .prefault({} as never),
  }),
  response: z.object({ cert: certObject }),
  errors: [
    'not-authorised',
    'not-found',
    'not-supported',
    'refused-in-state',
    'too-many-requests',
    'hsm-not-available',
  ],
  example: {
    request: { cert: { userid: 'testuser', name: 'testcert', newpin: 'PinAcceso', keysize: '3072' } },
    response: { cert: WAITING_CERT_EXAMPLE },
  },
});

export const certGenCsr = operation('Cert/GenCSR', {
  summary: 'Makes a certificate request (PKCS #10, DER) for a key, signed by it; a wrong PIN counts as a try.',
  access: 'user',
  adapt: flatOrNested,
  request: z.object({
    cert: z.object({ certid: certId(), pin: secret() }).prefault({} as never),
    subject: text(2048),
  }),
  response: z.object({ csr: answeredBytes() }),
  errors: [...PIN_ERRORS, 'refused-in-state'],
  example: {
    request: {
      cert: { certid: '8A05B4C5CC92', pin: '123#@Abc' },
      subject: 'CN=test1, OU=User, O=Test S.L., L=Valencia, C=ES',
    },
    response: { csr: 'MIIEIDCCAogCAQAw' },
  },
});

export const certInstallCer = operation('Cert/InstallCER', {
  summary: 'Gives a key its certificate, or a newer one over the same key in the place of the older.',
  access: 'user',
  adapt: flatOrNested,
  request: z.object({
    cert: z.object({ certid: certId() }).prefault({} as never),
    cer: bytes(),
    chain: z.array(bytes()).max(16, 'has more than 16 members').default([]),
  }),
  response: z.object({ cert: certObject }),
  errors: ['not-authorised', 'not-found', 'already-exists', 'refused-in-state', 'not-supported'],
  example: {
    request: { cert: { certid: '8A05B4C5CC92' }, cer: 'MIIDSjCCAjICCQCY', chain: ['MIIDBTCCAe2gAwIB'] },
    response: { cert: { ...CERT_EXAMPLE, origin: 'generated', keysize: '3072' } },
  },
});

/** Empty texts clear here, but nothing is called by none. */
const emptyIsAbsent = (value: unknown): unknown => (value === '' ? undefined : value);

export const certSet = operation('Cert/Set', {
  summary: 'Describes a certificate anew, disables or enables it.',
  access: 'user',
  adapt: flatOrNested,
  emptyClears: true,
  request: z.object({
    cert: z
      .object({
        certid: z.preprocess(emptyIsAbsent, certId()),
        disabled: flag().optional(),
        name: text(256).min(1, 'is empty').optional(),
        descr: text(1024).optional(),
        custom1: text(1024).optional(),
        custom2: text(1024).optional(),
        custom3: text(1024).optional(),
      })
      .prefault({} as never),
  }),
  response: z.object({ cert: certObject }),
  errors: ['not-authorised', 'not-found'],
  example: {
    request: { cert: { certid: '8A05B4C5CC92', name: 'DOC serie318d' } },
    response: { cert: { ...CERT_EXAMPLE, name: 'DOC serie318d' } },
  },
});

export const certDel = operation('Cert/Del', {
  summary: 'Deletes a certificate with its key.',
  access: 'user',
  adapt: flatOrNested,
  request: z.object({ cert: z.object({ certid: certId() }).prefault({} as never) }),
  response: z.object({ result: z.boolean() }),
  errors: ['not-authorised', 'not-found'],
  example: { request: { cert: { certid: '8A05B4C5CC92' } }, response: { result: true } },
});
