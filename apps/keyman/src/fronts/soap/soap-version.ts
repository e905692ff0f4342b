/** SOAP 1.1 (W3C Note) and 1.2 (W3C Recommendation). */
export interface SoapVersion {
  readonly name: '1.1' | '1.2';
  /** Namespace of the envelope. */
  readonly namespace: string;
  readonly contentType: string;
}

export const SOAP_1_1: SoapVersion = {
  name: '1.1',
  namespace: 'http://schemas.xmlsoap.org/soap/envelope/',
  contentType: 'text/xml; charset=utf-8',
};
export const SOAP_1_2: SoapVersion = {
  name: '1.2',
  namespace: 'http://www.w3.org/2003/05/soap-envelope',
  contentType: 'application/soap+xml; charset=utf-8',
};

export const SOAP_VERSIONS = [SOAP_1_1, SOAP_1_2] as const;

/** The version that a content type announces; 1.1 where it is neither's, for the fault that says so. */
export function announcedVersion(contentType: string | undefined): SoapVersion {
  return mediaTypeOf(contentType) === 'application/soap+xml' ? SOAP_1_2 : SOAP_1_1;
}

/** Is this a content type of SOAP, in UTF-8? */
export function isSoapContentType(contentType: string | undefined): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  return /^utf-?8$/i.test(charset) && ['text/xml', 'application/soap+xml'].includes(mediaTypeOf(contentType) ?? '');
}

function mediaTypeOf(contentType: string | undefined): string | undefined {
  return contentType?.split(';')[0]?.trim().toLowerCase();
}
