/** An element as read: names resolved, white space between members gone. It can change threads as it is. */
export interface XmlElement {
  /** Local name. */
  readonly name: string;
  /** Namespace name; `''` for none. */
  readonly namespace: string;
  /** By expanded name: `{namespace}local`, or `local` alone; namespace declarations are not among them. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Character content of an element without children; long base64 of a large body comes decoded. */
  readonly content: string | Uint8Array;
}

/** What a message may have; beyond it the reader stops, so that time and memory are bounded by it. */
export interface XmlLimits {
  readonly depth: number;
  readonly elements: number;
  /** Of one element, namespace declarations included. */
  readonly attributes: number;
  /** Of all elements together. */
  readonly allAttributes: number;
  /** Characters of one attribute's value. */
  readonly attributeLength: number;
  /** Tags, comments and CDATA sections. */
  readonly markup: number;
  /** References to characters and entities. */
  readonly references: number;
}

/**
 * A message of the contract nests six deep and has some hundreds of elements. A document of 60 MB in lines, as some clients
 * write base64, has a reference for each line end.
 */
export const XML_LIMITS: XmlLimits = {
  depth: 32,
  elements: 20_000,
  attributes: 32,
  allAttributes: 20_000,
  attributeLength: 8_192,
  markup: 60_000,
  references: 1_000_000,
};

/** Why a text was not read. The message is ours and quotes nothing. */
export class XmlProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'XmlProblem';
  }
}
