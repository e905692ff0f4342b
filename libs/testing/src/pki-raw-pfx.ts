import { createHmac, pbkdf2Sync } from 'node:crypto';
import {
  encodeContext,
  encodeElement,
  encodeInteger,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  TAG,
} from '@cinnabar/x509';

/** One bag of an unencrypted PFX; the local key id is free text. */
export type RawPfxBag =
  | { readonly privateKeyPkcs8: Uint8Array; readonly localKeyId?: string }
  | { readonly certificateDer: Uint8Array; readonly localKeyId?: string };

/** PBMAC1 with HMAC-SHA-256 (RFC 9579). */
export interface RawPfxMac {
  readonly password: string;
  readonly iterations: number;
  /** Left out, the file names no key length, which RFC 9579 forbids. */
  readonly keyLength?: number;
}

const ID_DATA = '1.2.840.113549.1.7.1';
const ID_PBMAC1 = '1.2.840.113549.1.5.14';
const ID_PBKDF2 = '1.2.840.113549.1.5.12';
const ID_HMAC_SHA256 = '1.2.840.113549.2.9';

/** Writes PFX files that no program would write: any bags in any order, unencrypted, with or without PBMAC1. */
export function toRawPfx(bags: readonly RawPfxBag[], mac?: RawPfxMac): Uint8Array {
  const safeContents = encodeSequence(...bags.map(encodeBag));
  const authenticatedSafe = encodeSequence(encodeDataContent(safeContents));
  const macData = mac ? [encodePbmac1(authenticatedSafe, mac)] : [];
  return encodeSequence(encodeInteger(3), encodeDataContent(authenticatedSafe), ...macData);
}

function encodeDataContent(content: Uint8Array): Uint8Array {
  return encodeSequence(encodeObjectIdentifier(ID_DATA), encodeContext(0, encodeOctetString(content)));
}

function encodeBag(bag: RawPfxBag): Uint8Array {
  const [bagType, value] =
    'privateKeyPkcs8' in bag
      ? ['1.2.840.113549.1.12.10.1.1', bag.privateKeyPkcs8]
      : ['1.2.840.113549.1.12.10.1.3', encodeCertBag(bag.certificateDer)];
  const attributes = bag.localKeyId === undefined ? [] : [encodeElement(TAG.set, encodeLocalKeyId(bag.localKeyId))];
  return encodeSequence(encodeObjectIdentifier(bagType), encodeContext(0, value), ...attributes);
}

function encodeCertBag(certificateDer: Uint8Array): Uint8Array {
  return encodeSequence(
    encodeObjectIdentifier('1.2.840.113549.1.9.22.1'),
    encodeContext(0, encodeOctetString(certificateDer)),
  );
}

function encodeLocalKeyId(localKeyId: string): Uint8Array {
  const value = encodeElement(TAG.set, encodeOctetString(Buffer.from(localKeyId)));
  return encodeSequence(encodeObjectIdentifier('1.2.840.113549.1.9.21'), value);
}

/** MacData with PBMAC1-params (RFC 9579 4; RFC 8018 A.5). */
function encodePbmac1(content: Uint8Array, { iterations, keyLength, password }: RawPfxMac): Uint8Array {
  const salt = Buffer.from('salt and more salt');
  const key = pbkdf2Sync(password, salt, iterations, keyLength ?? 32, 'sha256');
  const hmacSha256 = encodeSequence(encodeObjectIdentifier(ID_HMAC_SHA256), encodeNull());
  const keyLengthElement = keyLength === undefined ? [] : [encodeInteger(keyLength)];
  const pbkdf2 = encodeSequence(
    encodeObjectIdentifier(ID_PBKDF2),
    encodeSequence(encodeOctetString(salt), encodeInteger(iterations), ...keyLengthElement, hmacSha256),
  );
  const algorithm = encodeSequence(encodeObjectIdentifier(ID_PBMAC1), encodeSequence(pbkdf2, hmacSha256));
  const digest = createHmac('sha256', key).update(content).digest();
  return encodeSequence(
    encodeSequence(algorithm, encodeOctetString(digest)),
    encodeOctetString(Buffer.from('NOT USED')),
    encodeInteger(1),
  );
}
