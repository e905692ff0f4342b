import type { CodedError } from '@cinnabar/core';
import { KEYMAN_ERRORS, toErrorObject } from '@cinnabar/keyman-api';
import type { SoapVersion } from './soap-version.ts';
import { xmlText } from './xml-text.ts';

/** Who is to blame, in the words of SOAP 1.1 (section 4.4.1) and 1.2 (part 1, section 5.4.6). */
const CODES = {
  caller: { '1.1': 'Client', '1.2': 'Sender' },
  server: { '1.1': 'Server', '1.2': 'Receiver' },
  version: { '1.1': 'VersionMismatch', '1.2': 'VersionMismatch' },
  header: { '1.1': 'MustUnderstand', '1.2': 'MustUnderstand' },
} as const;

export interface SoapFault {
  readonly status: number;
  readonly xml: string;
}

/** A SOAP fault: for what is no answer. Application errors stand in the answer's member `error`. */
export function soapFault(
  error: CodedError,
  version: SoapVersion,
  namespace: string,
  traceId: string,
  kind: keyof typeof CODES = error.fault === 'caller' && error.code !== 'too-many-requests' ? 'caller' : 'server',
): SoapFault {
  const { code, message } = toErrorObject(error, traceId);
  const told = `<Error xmlns="${xmlText(namespace)}"><code>${code}</code><message>${xmlText(message)}</message></Error>`;
  const name = CODES[kind][version.name];
  const fault =
    version.name === '1.1'
      ? `<faultcode>soap:${name}</faultcode><faultstring xml:lang="en">${xmlText(message)}</faultstring><detail>${told}</detail>`
      : `<soap:Code><soap:Value>soap:${name}</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="en">${xmlText(message)}</soap:Text></soap:Reason><soap:Detail>${told}</soap:Detail>`;
  return {
    status: statusOf(error, version, kind),
    xml: `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${version.namespace}"><soap:Body><soap:Fault>${fault}</soap:Fault></soap:Body></soap:Envelope>`,
  };
}

/** SOAP 1.1 section 6.2: 500 for every fault. SOAP 1.2 part 2 table 20: 400 for the sender's. Sizes and rates are HTTP's own. */
function statusOf(error: CodedError, version: SoapVersion, kind: keyof typeof CODES): number {
  if (error.code === 'body-too-large' || error.code === 'too-many-requests')
    return KEYMAN_ERRORS[error.code].mappedStatus;
  return version.name === '1.2' && kind === 'caller' ? 400 : 500;
}
