import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  encodeBitString,
  encodeContext,
  encodeElement,
  encodeInteger,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTime,
  KEY_USAGES,
  type KeyUsage,
  TAG,
} from '@cinnabar/x509';
import type { TestCertificateDescription } from './pki-description.ts';

export interface TestIssuer {
  /** Subject of the issuing certificate, in the description's form. */
  readonly subject: string;
  readonly privateKey: KeyObject;
}

const NAME_TYPES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  G: '2.5.4.42',
  E: '1.2.840.113549.1.9.1',
};

const PURPOSES: Readonly<Record<string, string>> = {
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Issues one certificate (RFC 5280 4.1) for a private key; gives its DER. RSA signs with SHA-256, EC too. */
export function issueTestCertificate(
  description: TestCertificateDescription,
  subjectKey: KeyObject,
  issuer: TestIssuer,
): Uint8Array {
  const now = Date.now();
  const subjectPublicKeyInfo = createPublicKey(subjectKey).export({ format: 'der', type: 'spki' });
  const signatureAlgorithm = encodeSignatureAlgorithm(issuer.privateKey);
  const tbs = encodeSequence(
    encodeContext(0, encodeInteger(2)),
    encodeInteger(BigInt(`0x${randomBytes(8).toString('hex')}`)),
    signatureAlgorithm,
    encodeName(issuer.subject),
    encodeSequence(
      encodeTime(new Date(now + (description.validFromDays ?? -1) * DAY_MS)),
      encodeTime(new Date(now + (description.validToDays ?? 730) * DAY_MS)),
    ),
    encodeName(description.subject),
    subjectPublicKeyInfo,
    encodeContext(3, encodeExtensions(description, subjectKey, issuer.privateKey)),
  );
  return encodeSequence(tbs, signatureAlgorithm, encodeBitString(sign('sha256', tbs, issuer.privateKey)));
}

function encodeSignatureAlgorithm({ asymmetricKeyType }: KeyObject): Uint8Array {
  return asymmetricKeyType === 'ec'
    ? encodeSequence(encodeObjectIdentifier('1.2.840.10045.4.3.2'))
    : encodeSequence(encodeObjectIdentifier('1.2.840.113549.1.1.11'), encodeNull());
}

function encodeName(text: string): Uint8Array {
  const relativeNames = text.split(', ').map((part) => {
    const [type = '', value = ''] = part.split('=', 2);
    const oid = NAME_TYPES[type];
    if (!oid) throw new Error(`test PKI: unknown name type in ${part}`);
    const tag = type === 'C' ? TAG.printableString : type === 'E' ? TAG.ia5String : TAG.utf8String;
    const attribute = encodeSequence(encodeObjectIdentifier(oid), encodeElement(tag, Buffer.from(value)));
    return encodeElement(TAG.set, attribute);
  });
  return encodeSequence(...relativeNames);
}

function encodeExtensions(description: TestCertificateDescription, subjectKey: KeyObject, issuerKey: KeyObject) {
  const isCa = description.isCa ?? description.issuer === undefined;
  const keyUsage = description.keyUsage ?? (isCa ? ['keyCertSign', 'cRLSign'] : ['digitalSignature', 'nonRepudiation']);
  const purposes = description.extendedKeyUsage ?? (isCa ? [] : ['emailProtection']);
  const cA = isCa ? [encodeElement(TAG.boolean, Uint8Array.of(0xff))] : [];
  const extensions = [
    encodeExtension('2.5.29.19', true, encodeSequence(...cA)),
    encodeExtension('2.5.29.15', true, encodeKeyUsage(keyUsage)),
    encodeExtension('2.5.29.14', false, encodeOctetString(keyIdentifier(subjectKey))),
    encodeExtension('2.5.29.35', false, encodeSequence(encodeElement(0x80, keyIdentifier(issuerKey)))),
  ];
  if (purposes.length > 0) {
    const oids = purposes.map((purpose) => encodeObjectIdentifier(PURPOSES[purpose] ?? purpose));
    extensions.push(encodeExtension('2.5.29.37', false, encodeSequence(...oids)));
  }
  return encodeSequence(...extensions);
}

function encodeExtension(oid: string, isCritical: boolean, valueDer: Uint8Array): Uint8Array {
  const critical = isCritical ? [encodeElement(TAG.boolean, Uint8Array.of(0xff))] : [];
  return encodeSequence(encodeObjectIdentifier(oid), ...critical, encodeOctetString(valueDer));
}

/** A named-bit list in DER: no trailing zero bits (X.690 11.2.2). */
function encodeKeyUsage(usages: readonly KeyUsage[]): Uint8Array {
  const bits = usages.map((usage) => KEY_USAGES.indexOf(usage));
  const last = Math.max(...bits);
  const octets = new Uint8Array(1 + (last >> 3) + 1);
  octets[0] = 7 - (last & 7);
  for (const bit of bits) octets[1 + (bit >> 3)] = (octets[1 + (bit >> 3)] ?? 0) | (0x80 >> (bit & 7));
  return encodeElement(TAG.bitString, octets);
}

/** SHA-1 over the public key's BIT STRING would be RFC 5280's way (4.2.1.2); any stable value serves. */
const keyIdentifier = (key: KeyObject): Uint8Array =>
  createHash('sha1')
    .update(createPublicKey(key).export({ format: 'der', type: 'spki' }))
    .digest();
