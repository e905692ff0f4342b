import { readXml } from './read-xml.ts';
import { XML_LIMITS, XmlProblem, type XmlElement } from './xml-element.ts';

/** What came of a body: an XmlProblem would lose its class on the way between threads. */
export type XmlOutcome = { readonly root: XmlElement } | { readonly problem: string };

export function parseXml(body: Uint8Array, decode?: (content: string) => Uint8Array | undefined): XmlOutcome {
  try {
    return { root: readXml(body, XML_LIMITS, decode) };
  } catch (error) {
    if (error instanceof XmlProblem) return { problem: error.message };
    throw error;
  }
}
