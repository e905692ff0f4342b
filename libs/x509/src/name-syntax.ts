import { TAG } from './der/tags.ts';
import { ATTRIBUTE_SHORT_NAMES } from './name-attributes.ts';

/** How the value of an attribute type is encoded, and how long it may be. */
export interface NameSyntax {
  readonly tag: typeof TAG.printableString | typeof TAG.ia5String | typeof TAG.utf8String;
  /** Characters (RFC 5280 Appendix A.1, upper bounds; X.520 for types that it does not name). */
  readonly maxLength: number;
  /** What the value must look like beyond its string type. */
  readonly form?: { readonly pattern: RegExp; readonly says: string };
}

const utf8 = (maxLength: number): NameSyntax => ({ tag: TAG.utf8String, maxLength });
const printable = (maxLength: number): NameSyntax => ({ tag: TAG.printableString, maxLength });
const ia5 = (maxLength: number): NameSyntax => ({ tag: TAG.ia5String, maxLength });

/** A DirectoryString is written as UTF8String (RFC 5280 4.1.2.4); these types have another syntax or another bound. */
const SYNTAXES: Readonly<Record<string, NameSyntax>> = {
  CN: utf8(64),
  SN: utf8(32_768),
  SERIALNUMBER: printable(64),
  C: { ...printable(2), form: { pattern: /^[A-Z]{2}$/, says: 'two capital letters (ISO 3166)' } },
  L: utf8(128),
  ST: utf8(128),
  STREET: utf8(128),
  O: utf8(64),
  OU: utf8(64),
  T: utf8(64),
  DESCRIPTION: utf8(1024),
  POSTALCODE: utf8(40),
  G: utf8(32_768),
  INITIALS: utf8(32_768),
  DNQ: printable(64),
  PSEUDONYM: utf8(128),
  E: { ...ia5(255), form: { pattern: /^[^\s@]+@[^\s@]+$/, says: 'an e-mail address' } },
  UID: utf8(256),
  DC: { ...ia5(63), form: { pattern: /^[A-Za-z0-9-]+$/, says: 'one label of a domain name' } },
};
/** Of a type that is named by its OID and is none of the above. */
const OTHER: NameSyntax = utf8(256);

/** As other programs write them. */
const ALIASES: Readonly<Record<string, string>> = {
  EMAIL: 'E',
  EMAILADDRESS: 'E',
  GN: 'G',
  GIVENNAME: 'G',
  S: 'ST',
  SURNAME: 'SN',
  TITLE: 'T',
  COMMONNAME: 'CN',
  COUNTRYNAME: 'C',
  LOCALITYNAME: 'L',
  STATEORPROVINCENAME: 'ST',
  STREETADDRESS: 'STREET',
  ORGANIZATIONNAME: 'O',
  ORGANIZATIONALUNITNAME: 'OU',
  DNQUALIFIER: 'DNQ',
  USERID: 'UID',
  DOMAINCOMPONENT: 'DC',
};

const OIDS: ReadonlyMap<string, string> = new Map(
  Object.entries(ATTRIBUTE_SHORT_NAMES).map(([oid, name]) => [name, oid]),
);
/** Numbers of at most 15 digits without leading zeros; the first two within X.660's bounds. */
const DOTTED = /^(?:[01]\.(?:[1-3]?\d)|2\.(?:0|[1-9]\d{0,14}))(?:\.(?:0|[1-9]\d{0,14})){1,16}$/;

/** The dotted OID of an attribute type as names are written, in any case: `CN`, `emailAddress`, `2.5.4.97`; else undefined. */
export function attributeTypeOf(written: string): string | undefined {
  const name = written.toUpperCase();
  return OIDS.get(ALIASES[name] ?? name) ?? (DOTTED.test(written) ? written : undefined);
}

/** @param type dotted OID */
export function nameSyntaxOf(type: string): NameSyntax {
  return SYNTAXES[ATTRIBUTE_SHORT_NAMES[type] ?? ''] ?? OTHER;
}
