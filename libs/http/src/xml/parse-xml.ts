import { readXml } from './read-xml.ts';
import { XML_LIMITS, XmlProblem, type XmlElement } from './xml-element.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** What came of a body: an XmlProblem would lose its class on the way between threads. */
export type XmlOutcome = { readonly root: XmlElement } | { readonly problem: string };

export function parseXml(body: Uint8Array, finish?: (content: string) => string | Uint8Array): XmlOutcome {
  try {
    return { root: readXml(textOf(body), XML_LIMITS, finish) };
  } catch (error) {
    if (error instanceof XmlProblem) return { problem: error.message };
    throw error;
  }
}

function textOf(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new XmlProblem('the message is not UTF-8');
  }
}
