import { type BerElement, parseBer } from './ber/ber-element.ts';
import { childrenOf, explicitContent, objectIdentifierOf, octetsOf, smallIntegerOf, TAG } from './ber/ber-values.ts';
import { ID_DATA, ID_SIGNED_DATA } from './oids.ts';
import { damaged, unsupported } from './pfx-errors.ts';

/** The outside of a PFX file (RFC 7292 4). */
export interface PfxStructure {
  /** The octets that the MAC is over: the contents of the data, without tag and length. */
  readonly authenticatedSafe: Uint8Array;
  /** Undefined: the file has no MAC. */
  readonly macData: BerElement | undefined;
}

export interface ContentInfo {
  readonly contentType: string;
  readonly content: BerElement;
}

const PFX_VERSION = 3;
const MAX_CONTENT_INFOS = 32;

export function readPfxStructure(pfxDer: Uint8Array): PfxStructure {
  const [version, authSafe, macData] = childrenOf(parseBer(pfxDer), TAG.sequence);
  if (smallIntegerOf(version) !== PFX_VERSION) throw damaged('not a PFX of version 3');
  const { content, contentType } = readContentInfo(authSafe);
  if (contentType === ID_SIGNED_DATA) throw unsupported('protected by a signature instead of a password');
  if (contentType !== ID_DATA) throw damaged('damaged (an unexpected content type)');
  return { authenticatedSafe: octetsOf(content), macData };
}

/** AuthenticatedSafe (RFC 7292 4.1). */
export function readAuthenticatedSafe(authenticatedSafe: Uint8Array): readonly ContentInfo[] {
  const contentInfos = childrenOf(parseBer(authenticatedSafe), TAG.sequence);
  if (contentInfos.length > MAX_CONTENT_INFOS) throw damaged('too many parts');
  return contentInfos.map((element) => readContentInfo(element));
}

/** ContentInfo (RFC 5652 3). */
function readContentInfo(element: BerElement | undefined): ContentInfo {
  const [contentType, content] = childrenOf(element, TAG.sequence);
  return { contentType: objectIdentifierOf(contentType), content: explicitContent(content, 0) };
}
