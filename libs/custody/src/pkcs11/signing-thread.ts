import { Thread } from '../threads/thread.ts';
import { workerScript } from '../threads/worker-script.ts';
import type { Handle } from './cryptoki.ts';
import type { SigningMechanism } from './signing-mechanism.ts';

/** Everything in it is small and copied; each array has memory of its own, since a view would be copied with all that it is a view of. */
export interface SigningCall {
  readonly session: Handle;
  readonly key: Handle;
  readonly mechanism: SigningMechanism['mechanism'];
  readonly input: Uint8Array<ArrayBuffer>;
  /** Present: verify it instead of making one. */
  readonly signature?: Uint8Array<ArrayBuffer>;
}

/** A session that signs on a thread, one call at a time. */
export class SigningSession {
  readonly thread: SigningThread;
  handle: Handle;

  constructor(thread: SigningThread, handle: Handle) {
    this.thread = thread;
    this.handle = handle;
  }
}

/** One of the threads that sign. Several sessions share it, so that its next call lies there when it ends the last one. */
export class SigningThread {
  readonly idle: SigningSession[] = [];
  readonly #thread: Thread;

  constructor(modulePath: string) {
    this.#thread = new Thread(workerScript('signing', import.meta.url), {
      workerData: { modulePath },
      takesLists: true,
    });
  }

  sign(call: SigningCall): Promise<Uint8Array> {
    return this.#thread.call(call) as Promise<Uint8Array>;
  }

  verify(call: SigningCall & { readonly signature: Uint8Array<ArrayBuffer> }): Promise<boolean> {
    return this.#thread.call(call) as Promise<boolean>;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
