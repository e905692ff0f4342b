import {
  dateString,
  PdfDictionary,
  PdfName,
  type PdfValue,
  type SignaturePlaceholder,
  textString,
} from '@cinnabar/pdf';
import type { PadesParameters, PadesProfile } from './pades-parameters.ts';

const SUB_FILTERS: Readonly<Record<PadesProfile, string>> = {
  basic: 'adbe.pkcs7.detached',
  enhanced: 'ETSI.CAdES.detached',
};

/**
 * The signature dictionary (ISO 32000-1 table 252; EN 319 142-1 5.3 and 6.3). /M tells the claimed time, since a PAdES
 * signature has no signing-time attribute.
 * @param references signature reference dictionaries, where the field demands a lock
 */
export function signatureDictionary(
  parameters: PadesParameters,
  placeholder: SignaturePlaceholder,
  references: readonly PdfValue[],
): PdfDictionary {
  const { profile, signingTimeAt, signerName, reason, location, contactInfo } = parameters;
  return PdfDictionary.of({
    Type: new PdfName('Sig'),
    // Any handler may check it; this name is what readers expect for these formats (table 252, note to /Filter).
    Filter: new PdfName('Adobe.PPKLite'),
    SubFilter: new PdfName(SUB_FILTERS[profile]),
    ByteRange: placeholder.byteRange,
    Contents: placeholder.contents,
    M: dateString(signingTimeAt),
    Name: text(signerName),
    Reason: text(reason),
    Location: text(location),
    ContactInfo: text(contactInfo),
    Reference: references.length > 0 ? references : undefined,
  });
}

const text = (value: string | undefined) => (value === undefined || value === '' ? undefined : textString(value));
