import { CodedError } from '@cinnabar/core';
import { BodyThreads, INLINE_MAX_BYTES, type BodyThreadsOptions } from '../body-threads.ts';
import { parseXml, type XmlOutcome } from './parse-xml.ts';
import type { XmlElement } from './xml-element.ts';

export type XmlBodyReaderOptions = BodyThreadsOptions;

/** Reads XML messages; large ones on a thread of their own. */
export class XmlBodyReader {
  private readonly threads: BodyThreads<XmlOutcome>;

  constructor(options: XmlBodyReaderOptions) {
    this.threads = new BodyThreads(new URL('./xml-body.worker', import.meta.url), options);
  }

  /**
   * @returns the root element; base64 contents of large messages come decoded, as the contract's `byte[]` takes both
   * @throws CodedError `malformed-request` (detail: why, quoting nothing), `too-many-requests`
   */
  async read(body: Uint8Array): Promise<XmlElement> {
    const outcome = body.length <= INLINE_MAX_BYTES ? parseXml(body) : await this.threads.read(body);
    if ('problem' in outcome) throw new CodedError('malformed-request', outcome.problem);
    return outcome.root;
  }

  async close(): Promise<void> {
    await this.threads.close();
  }
}
