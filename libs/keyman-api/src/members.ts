import { z } from 'zod';
import { decodeBase64, DIGEST_ALGORITHMS, DIGESTS, MD5_SHA1_LENGTH } from '@cinnabar/core';
import { onWire } from './shape/wire-form.ts';
import { StoredDocument } from './stored-document.ts';

/** Longest free text that a request may carry in one member, in UTF-16 code units. */
const TEXT_MAX = 1024;

/** Control characters have no place in names, filters and identifiers; line ends and tabs may stand in texts. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Free text. */
export const text = (max: number = TEXT_MAX) =>
  z
    .string()
    // What is too long is not looked at any further.
    .max(max, { error: `is longer than ${max} characters`, abort: true })
    .refine((value) => !CONTROL.test(value), 'holds control characters');

/** A secret: any characters, bounded; its value never appears in an error. */
export const secret = (max = 256) => z.string().max(max, `is longer than ${max} characters`);

/** Longest word of a closed list, with room for white space around it: what is longer is not even looked at. */
const WORD_MAX = 256;

function lowerCaseWord(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= WORD_MAX ? value.trim().toLowerCase() : undefined;
}

/** Booleans may come as words (`"true"`), as some clients send them. */
export const flag = () =>
  z.preprocess((value) => {
    const word = lowerCaseWord(value);
    return word === 'true' ? true : word === 'false' ? false : value;
  }, z.boolean('is neither true nor false'));

/** Whole numbers may come as digits in a string. */
export const integer = (min: number, max: number) =>
  numeric(
    z.number('is not a number').int('is not a whole number').min(min, `is below ${min}`).max(max, `is above ${max}`),
  );

/** Numbers may come as text. */
export const decimal = (min: number, max: number) =>
  numeric(z.number('is not a number').min(min, `is below ${min}`).max(max, `is above ${max}`));

const numeric = (schema: z.ZodNumber) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^[+-]?\d{1,15}(\.\d{1,9})?$/.test(value.trim()) ? Number(value) : value),
    schema,
  );

/** One of a closed list of words, in any case; the answer has the listed spelling. */
export const word = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.preprocess(
    (value) => {
      const given = lowerCaseWord(value);
      return given === undefined ? value : (words.find((each) => each.toLowerCase() === given) ?? value);
    },
    z.enum(words, `is none of ${words.join(', ')}`),
  );

const BYTES = { scalar: 'base64Binary' } as const;

const byteArray = () =>
  onWire(
    BYTES,
    z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'is not bytes'),
  );

/** `byte[]` as answered. */
export const answeredBytes = byteArray;

/** `byte[]`: base64 in JSON and SOAP (line breaks allowed, URL alphabet not), or bytes that a front decoded already. */
export const bytes = () =>
  onWire(
    BYTES,
    z.union([byteArray(), z.string('is not base64')], 'is not base64').transform((value, context): Uint8Array => {
      if (typeof value !== 'string') return value;
      const decoded = decodeBase64(value);
      if (decoded !== undefined) return decoded;
      context.addIssue({ code: 'custom', message: 'is not base64' });
      return z.NEVER;
    }),
  );

const DIGEST_LENGTHS: ReadonlySet<number> = new Set([
  ...Object.values(DIGESTS).map(({ length }) => length),
  MD5_SHA1_LENGTH,
]);

/** A digest whose algorithm is not told. */
export const digest = () => bytes().refine(({ length }) => DIGEST_LENGTHS.has(length), 'is as long as no hash');

/** A document to work on: `byte[]`, or one that a front stored. */
export const documentBytes = () => onWire(BYTES, z.union([z.instanceof(StoredDocument), bytes()], 'is not base64'));

/** A document as answered: bytes, or stored where it came stored. */
export const answeredDocument = () => onWire(BYTES, z.union([byteArray(), z.instanceof(StoredDocument)]));

/** A moment: ISO 8601 with fraction and zone, with an offset, or without a zone (UTC). */
export const moment = () =>
  onWire(
    { scalar: 'dateTime' },
    z.string('is not a date').transform((value, context): Date => {
      const match =
        /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(
          value.trim(),
        );
      const time = match === null ? Number.NaN : Date.parse(isoOf(match));
      if (!Number.isNaN(time)) return new Date(time);
      context.addIssue({ code: 'custom', message: 'is not a date (2018-04-30T23:59:59Z)' });
      return z.NEVER;
    }),
  );

/** A moment as answered: text of an xsd:dateTime, with or without a zone. */
export const answeredMoment = () => onWire({ scalar: 'dateTime' }, z.string());

/** A whole number as answered, within XSD's int. */
export const answeredInteger = () => onWire({ scalar: 'int' }, z.number());

/** A whole number as answered that may outgrow XSD's int. */
export const answeredLong = () => onWire({ scalar: 'long' }, z.number());

/** `[name, value]` pairs in JSON, `KeyPair {Key, Value}` in SOAP. */
export const pairs = (max: number) => onWire({ pairs: true }, z.array(z.array(text(1024)).max(2)).max(max));

function isoOf(match: RegExpExecArray): string {
  const [, day = '', time = '00:00:00', fraction = '0', zone = 'Z'] = match;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  return `${day}T${time.length === 5 ? `${time}:00` : time}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`;
}

/** 12 upper-case hexadecimal digits; read as opaque (contract, "Operations"). */
export const certId = () => text(64);
/** `*` is left out too: filters read it as a wildcard. */
export const userId = () =>
  text(128).refine(
    (value) => /^[^\s"'<>\\/*]+$/.test(value),
    'holds a space, a quotation mark, a bracket, a slash or an asterisk',
  );
export const orgaId = () => userId();
export const email = () =>
  text(254).refine((value) => /^[^\s@<>,;:"()\\]+@[^\s@<>,;:"()\\]+$/.test(value), 'is not an e-mail address');
export const digestAlgorithm = () => word(DIGEST_ALGORITHMS);
