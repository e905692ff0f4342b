import { CodedError } from '@cinnabar/core';
import type { XmlElement } from '@cinnabar/http';
import { SOAP_VERSIONS, type SoapVersion } from './soap-version.ts';

/** A message that is SOAP but not one that we may answer: the version or a header is unknown. */
export class EnvelopeRefusal extends Error {
  readonly kind: 'version' | 'header';

  constructor(kind: 'version' | 'header', message: string) {
    super(message);
    this.name = 'EnvelopeRefusal';
    this.kind = kind;
  }
}

export interface OpenEnvelope {
  readonly version: SoapVersion;
  /** The one element of the body: it names the operation. */
  readonly payload: XmlElement;
}

/**
 * Takes a message out of its envelope (SOAP 1.1 section 4, SOAP 1.2 part 1 section 5).
 *
 * @throws EnvelopeRefusal, CodedError `malformed-request`
 */
export function openEnvelope(root: XmlElement): OpenEnvelope {
  if (root.name !== 'Envelope') throw new CodedError('malformed-request', 'the message is not a SOAP envelope');
  const version = SOAP_VERSIONS.find(({ namespace }) => namespace === root.namespace);
  if (version === undefined)
    throw new EnvelopeRefusal('version', 'the envelope is neither of SOAP 1.1 nor of SOAP 1.2');
  const parts = root.children.filter(({ namespace }) => namespace === version.namespace);
  const bodies = parts.filter(({ name }) => name === 'Body');
  const headers = parts.filter(({ name }) => name === 'Header');
  const [body] = bodies;
  if (body === undefined || bodies.length > 1 || headers.length > 1)
    throw new CodedError('malformed-request', 'the envelope does not have one body');
  for (const block of headers[0]?.children ?? []) refuseUnlessOptional(block, version);
  const [payload] = body.children;
  if (payload === undefined || body.children.length > 1)
    throw new CodedError('malformed-request', 'the body does not hold one operation');
  return { version, payload };
}

/** We know no header: one that must be understood, by us or by the last receiver, is refused (1.1 section 4.2.3, 1.2 section 5.2.3). */
function refuseUnlessOptional({ attributes }: XmlElement, version: SoapVersion): void {
  const must = attributes.get(`{${version.namespace}}mustUnderstand`);
  const actor = attributes.get(`{${version.namespace}}${version.name === '1.1' ? 'actor' : 'role'}`) ?? '';
  const isForUs = actor === '' || /\/(next|ultimateReceiver)$/.test(actor);
  if (isForUs && (must === '1' || must === 'true'))
    throw new EnvelopeRefusal('header', 'a header that must be understood is unknown here');
}
