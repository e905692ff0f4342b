import type { Transferable } from 'node:worker_threads';
import { CodedError } from '@cinnabar/core';
import { Thread } from '../threads/thread.ts';
import { workerScript } from '../threads/worker-script.ts';
import type { TokenCallName, TokenCalls } from './token-calls.ts';

/** Calls that may wait for the thread. More would outlast the time limit and make a busy HSM look like a lost one. */
const QUEUE_LIMIT = 256;
/** What callers' requests lead to; the rest is housekeeping and never turned away. */
const LIMITED: ReadonlySet<TokenCallName> = new Set<TokenCallName>([
  'hmac',
  'wrap',
  'rewrap',
  'unwrap',
  'importPublicKey',
]);

/** The token thread, as the main thread calls it. */
export class TokenThread {
  readonly #thread = new Thread(workerScript('token', import.meta.url));

  /** @throws CodedError `too-many-requests` */
  async call<Name extends TokenCallName>(
    name: Name,
    request: TokenCalls[Name]['request'],
    transfer: readonly Transferable[] = [],
  ): Promise<TokenCalls[Name]['response']> {
    if (LIMITED.has(name) && this.#thread.pending >= QUEUE_LIMIT) {
      throw new CodedError('too-many-requests', 'too many keys are being opened');
    }
    return (await this.#thread.call({ name, request }, transfer)) as TokenCalls[Name]['response'];
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
