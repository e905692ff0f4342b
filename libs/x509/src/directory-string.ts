import type { DerElement } from './der/der-cursor.ts';
import { TAG } from './der/tags.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a string type (X.520 DirectoryString and the IA5 and other strings of RFC 5280); else undefined. */
export function decodeDirectoryString({ tag, contents }: DerElement): string | undefined {
  switch (tag) {
    case TAG.utf8String:
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.numericString:
    case TAG.visibleString:
    case TAG.generalString:
      return decodeUtf8OrLatin1(contents);
    case TAG.teletexString:
      // T.61 by its letter, Latin-1 by the practice of every issuer that used it.
      return Buffer.from(contents).toString('latin1');
    case TAG.bmpString:
      return decodeBigEndian(contents, 2);
    case TAG.universalString:
      return decodeBigEndian(contents, 4);
    default:
      return undefined;
  }
}

/** Old issuers wrote Latin-1 into strings that may not hold it; that beats a replacement character in a person's name. */
function decodeUtf8OrLatin1(contents: Uint8Array): string {
  try {
    return strictUtf8.decode(contents);
  } catch {
    return Buffer.from(contents).toString('latin1');
  }
}

/** UCS-2 or UCS-4; a surplus of octets makes the value no string. */
function decodeBigEndian(contents: Uint8Array, width: 2 | 4): string | undefined {
  if (contents.length % width !== 0) return undefined;
  const view = Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
  const units: string[] = [];
  for (let offset = 0; offset < view.length; offset += width) {
    const unit = view.readUIntBE(offset, width);
    if (unit > 0x10ffff) return undefined;
    units.push(width === 2 ? String.fromCharCode(unit) : String.fromCodePoint(unit));
  }
  return units.join('');
}
