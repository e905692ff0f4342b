import { saslPrep } from './saslprep.ts';

/** A password in the forms in which a document may have been encrypted with it; the likeliest first, without repeats. */
export type PasswordForms = readonly Uint8Array[];

const MAX_UNICODE_PASSWORD_BYTES = 127;

/** What PDFDocEncoding (ISO 32000-1 D.2) has that Latin-1 has not. */
const PDF_DOC_RANGES: readonly (readonly [first: number, characters: string])[] = [
  [0x18, '˘ˇˆ˙˝˛˚˜'],
  [0x80, '•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž'],
  [0xa0, '€'],
];
const PDF_DOC_ENCODING = new Map(
  PDF_DOC_RANGES.flatMap(([first, characters]) =>
    Array.from(characters, (character, index) => [character, first + index] as const),
  ),
);

/** Revisions 2 to 4: PDFDocEncoding (7.6.3.3); writers that do not care use UTF-8 or Windows' code page. */
export function legacyPasswordForms(password: string): PasswordForms {
  const codes = Array.from(password, (character) => {
    const code = PDF_DOC_ENCODING.get(character) ?? character.codePointAt(0) ?? 0;
    return code > 0xff ? undefined : code;
  });
  const encoded = codes.includes(undefined) ? [] : [Uint8Array.from(codes, (code) => code ?? 0)];
  return distinct([...encoded, Buffer.from(password, 'utf8')]);
}

/** Revisions 5 and 6: UTF-8 after SASLprep, at most 127 bytes (ISO 32000-2 7.6.4.3.3); writers that do not care leave SASLprep out. */
export function unicodePasswordForms(password: string): PasswordForms {
  const prepared = saslPrep(password);
  const forms = prepared === undefined ? [password] : [prepared, password];
  return distinct(forms.map((form) => Buffer.from(form, 'utf8').subarray(0, MAX_UNICODE_PASSWORD_BYTES)));
}

function distinct(forms: readonly Uint8Array[]): PasswordForms {
  return forms.filter((form, index) => forms.findIndex((other) => Buffer.compare(form, other) === 0) === index);
}
