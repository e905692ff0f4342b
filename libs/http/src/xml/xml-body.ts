import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@cinnabar/core';
import { Piscina } from 'piscina';
import { parseXml, type XmlOutcome } from './parse-xml.ts';
import type { XmlElement } from './xml-element.ts';

/** Messages up to this length are read where they arrive: it takes less than handing them over. */
const INLINE_MAX_BYTES = 64 * 1024;

export interface XmlBodyReaderOptions {
  readonly threads: number;
  /** How many large messages may wait for a thread; more are refused, since each holds its memory. */
  readonly maxQueue: number;
}

/** Reads XML messages; large ones on a thread of their own. */
export class XmlBodyReader {
  private readonly pool: Piscina<Uint8Array, XmlOutcome>;

  constructor(options: XmlBodyReaderOptions) {
    const worker = new URL(`./xml-body.worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
    this.pool = new Piscina({
      filename: worker.href,
      minThreads: 0,
      maxThreads: options.threads,
      maxQueue: options.maxQueue,
      idleTimeout: 30_000,
    });
  }

  /**
   * @returns the root element; base64 contents of large messages come decoded, as the contract's `byte[]` takes both
   * @throws CodedError `malformed-request` (detail: why, quoting nothing), `too-many-requests`
   */
  async read(body: Uint8Array): Promise<XmlElement> {
    const outcome = body.length <= INLINE_MAX_BYTES ? parseXml(body) : await this.readLarge(body);
    if ('problem' in outcome) throw new CodedError('malformed-request', outcome.problem);
    return outcome.root;
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private readLarge(body: Uint8Array): Promise<XmlOutcome> {
    if (this.pool.queueSize >= this.pool.options.maxQueue)
      throw new CodedError('too-many-requests', 'too many large requests at once; try again');
    // The body is copied into memory that can change hands: Node's own buffers may share a pool.
    const owned = new Uint8Array(body);
    return this.pool.run(owned, { transferList: [owned.buffer] });
  }
}
