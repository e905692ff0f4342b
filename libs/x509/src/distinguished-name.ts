import { DerCursor } from './der/der-cursor.ts';
import { takeObjectIdentifier } from './der/der-values.ts';
import { TAG } from './der/tags.ts';
import { decodeDirectoryString } from './directory-string.ts';
import { ATTRIBUTE_SHORT_NAMES, COMMON_NAME_OID, COUNTRY_NAME_OID } from './name-attributes.ts';

export interface NameAttribute {
  /** Dotted OID, e.g. `2.5.4.3`. */
  readonly type: string;
  /** The text, or `#` and the value's DER in hex where the value is no string type (RFC 4514 2.4). */
  readonly value: string;
  readonly isText: boolean;
}

/** A name as its certificate encodes it. */
export interface DistinguishedName {
  readonly nameDer: Uint8Array;
  /** Relative names in encoded order (usually the country first); a multi-valued one has several attributes. */
  readonly relativeNames: readonly (readonly NameAttribute[])[];
  /** As the API prints it: most specific part first, e.g. `CN=test1, OU=User, O=Test S.L., L=Valencia, C=ES`. */
  readonly text: string;
  /** The most specific common name; undefined where there is none. Control characters are replaced by U+FFFD. */
  readonly commonName: string | undefined;
  readonly country: string | undefined;
}

/** Names with more attributes than this are not names. */
const MAX_ATTRIBUTES = 64;

/** Takes a `Name` (RFC 5280 4.1.2.4). */
export function takeDistinguishedName(cursor: DerCursor): DistinguishedName {
  const element = cursor.next(TAG.sequence);
  const relativeNames: NameAttribute[][] = [];
  let attributes = 0;
  for (const rdns = cursor.inside(element); !rdns.atEnd;) {
    const relativeName: NameAttribute[] = [];
    for (const rdn = rdns.enter(TAG.set); !rdn.atEnd;) {
      if (++attributes > MAX_ATTRIBUTES) cursor.fail('a name with too many attributes');
      relativeName.push(takeAttribute(rdn));
    }
    relativeNames.push(relativeName);
  }
  return {
    nameDer: element.der,
    relativeNames,
    text: formatName(relativeNames),
    commonName: mostSpecific(relativeNames, COMMON_NAME_OID),
    country: mostSpecific(relativeNames, COUNTRY_NAME_OID),
  };
}

/**
 * Are these the same name? Equal bytes, or equal after folding case and spaces (RFC 5280 7.1, simplified). It proves
 * nothing by itself: whoever chains by names verifies the signature too.
 */
export function isSameName(left: DistinguishedName, right: DistinguishedName): boolean {
  return Buffer.compare(left.nameDer, right.nameDer) === 0 || foldName(left) === foldName(right);
}

function takeAttribute(cursor: DerCursor): NameAttribute {
  const attribute = cursor.enter(TAG.sequence);
  const type = takeObjectIdentifier(attribute);
  const element = attribute.next();
  attribute.finish();
  const text = decodeDirectoryString(element);
  return text === undefined
    ? { type, value: `#${Buffer.from(element.der).toString('hex').toUpperCase()}`, isText: false }
    : { type, value: text, isText: true };
}

function formatName(relativeNames: readonly (readonly NameAttribute[])[]): string {
  return relativeNames
    .toReversed()
    .map((attributes) => attributes.map(formatAttribute).join('+'))
    .join(', ');
}

const formatAttribute = ({ type, value, isText }: NameAttribute): string =>
  `${ATTRIBUTE_SHORT_NAMES[type] ?? type}=${isText ? escapeValue(value) : value}`;

/** RFC 4514 2.4, with every control character in hex: a name may not break a log line or end a string early. */
function escapeValue(value: string): string {
  return value
    .replaceAll(/["+,;<>\\]/g, '\\$&')
    .replaceAll(
      CONTROL_CHARACTERS,
      (character) => `\\${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .replace(/ $/, '\\ ')
    .replace(/^[ #]/, '\\$&');
}

const CONTROL_CHARACTERS = /\p{Cc}/gu;

function mostSpecific(relativeNames: readonly (readonly NameAttribute[])[], type: string): string | undefined {
  const found = relativeNames.flat().findLast((attribute) => attribute.type === type);
  return found?.value.replaceAll(CONTROL_CHARACTERS, '\uFFFD');
}

function foldName({ relativeNames }: DistinguishedName): string {
  return JSON.stringify(
    relativeNames.map((attributes) =>
      attributes
        .map(({ type, value }) => `${type}=${value.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase()}`)
        .sort(),
    ),
  );
}
