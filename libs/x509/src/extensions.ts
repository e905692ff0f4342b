import { DerCursor } from './der/der-cursor.ts';
import { takeBitString, takeBoolean, takeObjectIdentifier, takeSmallInteger } from './der/der-values.ts';
import { contextPrimitive, TAG } from './der/tags.ts';

/** Bits of the key usage extension by their standard names (RFC 5280 4.2.1.3), in bit order. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export interface BasicConstraints {
  readonly isCa: boolean;
  /** How many intermediate certificates may follow; undefined: no limit. */
  readonly pathLength: number | undefined;
}

export interface CertificateExtension {
  readonly oid: string;
  readonly isCritical: boolean;
  /** Contents of `extnValue`: the extension's own DER. */
  readonly valueDer: Uint8Array;
}

export interface CertificateExtensions {
  /** All extensions in the certificate's order, known or not. */
  readonly extensions: readonly CertificateExtension[];
  /** Undefined: the certificate does not restrict its key's usage. */
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** Dotted OIDs of the purposes; undefined: not restricted. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly basicConstraints: BasicConstraints | undefined;
  /** Upper-case hex. */
  readonly subjectKeyIdentifier: string | undefined;
  /** Upper-case hex of the issuer's key identifier. */
  readonly authorityKeyIdentifier: string | undefined;
}

const MAX_EXTENSIONS = 64;
const MAX_PURPOSES = 64;

/** Takes `Extensions` (RFC 5280 4.2). Naming one extension twice is refused, as the RFC demands. */
export function takeExtensions(cursor: DerCursor, member: string): CertificateExtensions {
  const extensions: CertificateExtension[] = [];
  for (const list = cursor.enter(TAG.sequence); !list.atEnd;) {
    if (extensions.length === MAX_EXTENSIONS) cursor.fail('too many extensions');
    const extension = takeExtension(list);
    if (extensions.some(({ oid }) => oid === extension.oid)) cursor.fail('an extension named twice');
    extensions.push(extension);
  }
  const read = <Value>(oid: string, take: (value: DerCursor) => Value): Value | undefined => {
    const found = extensions.find((extension) => extension.oid === oid);
    return found && take(new DerCursor(found.valueDer, member));
  };
  return {
    extensions,
    keyUsage: read('2.5.29.15', takeKeyUsage),
    extendedKeyUsage: read('2.5.29.37', takeExtendedKeyUsage),
    basicConstraints: read('2.5.29.19', takeBasicConstraints),
    subjectKeyIdentifier: read('2.5.29.14', (value) => hex(value.next(TAG.octetString).contents)),
    authorityKeyIdentifier: read('2.5.29.35', takeAuthorityKeyIdentifier),
  };
}

/** What a certificate without extensions (version 1 or 2) says: nothing. */
export const NO_EXTENSIONS: CertificateExtensions = {
  extensions: [],
  keyUsage: undefined,
  extendedKeyUsage: undefined,
  basicConstraints: undefined,
  subjectKeyIdentifier: undefined,
  authorityKeyIdentifier: undefined,
};

function takeExtension(list: DerCursor): CertificateExtension {
  const extension = list.enter(TAG.sequence);
  const oid = takeObjectIdentifier(extension);
  const isCritical = extension.peekTag() === TAG.boolean && takeBoolean(extension);
  const valueDer = extension.next(TAG.octetString).contents;
  extension.finish();
  return { oid, isCritical, valueDer };
}

function takeKeyUsage(value: DerCursor): readonly KeyUsage[] {
  const { bytes } = takeBitString(value);
  return KEY_USAGES.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function takeExtendedKeyUsage(value: DerCursor): readonly string[] {
  const purposes: string[] = [];
  for (const list = value.enter(TAG.sequence); !list.atEnd;) {
    if (purposes.length === MAX_PURPOSES) value.fail('too many key purposes');
    purposes.push(takeObjectIdentifier(list));
  }
  return purposes;
}

function takeBasicConstraints(value: DerCursor): BasicConstraints {
  const constraints = value.enter(TAG.sequence);
  const isCa = constraints.peekTag() === TAG.boolean && takeBoolean(constraints);
  return { isCa, pathLength: constraints.atEnd ? undefined : takeSmallInteger(constraints) };
}

function takeAuthorityKeyIdentifier(value: DerCursor): string | undefined {
  const keyIdentifier = value.enter(TAG.sequence).optional(contextPrimitive(0));
  return keyIdentifier && hex(keyIdentifier.contents);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
