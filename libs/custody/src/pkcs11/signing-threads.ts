import type { Worker } from 'node:worker_threads';
import { CallBoard, type SharedBoard } from '../threads/call-board.ts';
import { startWorker } from '../threads/start-worker.ts';
import { ThreadEnded, ThreadFailure } from '../threads/thread.ts';
import { workerScript } from '../threads/worker-script.ts';
import { failureFrom, octetsOf, SIGNING_PLACE, type SigningCall } from './signing-call.ts';

/** What each thread knows from its start on. */
export interface SigningThreadData {
  readonly modulePath: string;
  readonly board: SharedBoard;
}

type Answer = PromiseWithResolvers<Uint8Array>;

/**
 * Threads that sign, and one board from which each takes the next call when it has ended the last one. A thread is started
 * when there are more calls than threads; the process stays alive while there is a call.
 */
export class SigningThreads {
  readonly #modulePath: string;
  readonly #most: number;
  readonly #board: CallBoard;
  readonly #freePlaces: number[];
  readonly #calls = new Map<number, Answer>();
  readonly #workers: Worker[] = [];
  #isListening = false;
  #ended: ThreadEnded | undefined;

  /** @param places most calls that are on their way at once */
  constructor(modulePath: string, threads: number, places: number) {
    this.#modulePath = modulePath;
    this.#most = threads;
    this.#board = CallBoard.withPlaces(places, SIGNING_PLACE);
    this.#freePlaces = Array.from({ length: places }, (_, place) => place);
  }

  sign(call: SigningCall): Promise<Uint8Array> {
    return this.#ask(call);
  }

  async verify(call: SigningCall & { readonly signature: Uint8Array }): Promise<boolean> {
    const [isRight] = await this.#ask(call);
    return isRight === 1;
  }

  /** Ends the threads, each when it comes out of the library. */
  async close(): Promise<void> {
    this.#ended ??= new ThreadEnded({ message: 'thread is closed' });
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #ask(call: SigningCall): Promise<Uint8Array> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const place = this.#freePlaces.pop();
    if (place === undefined) throw new RangeError('more calls than places');
    const answer = Promise.withResolvers<Uint8Array>();
    this.#calls.set(place, answer);
    if (this.#calls.size > this.#workers.length && this.#workers.length < this.#most) this.#start();
    if (this.#calls.size === 1) this.#workers[0]?.ref();
    this.#board.ask(place, octetsOf(call));
    if (!this.#isListening) void this.#listen();
    return answer.promise;
  }

  /** Comes back to itself once for all calls that ended since it looked last. */
  async #listen(): Promise<void> {
    this.#isListening = true;
    while (this.#calls.size > 0) {
      const { finished } = this.#board;
      for (const place of this.#calls.keys()) this.#collect(place);
      if (this.#calls.size > 0) await this.#board.moreThan(finished);
    }
    this.#isListening = false;
  }

  #collect(place: number): void {
    const collected = this.#board.collect(place);
    if (collected === undefined) return;
    const call = this.#calls.get(place);
    this.#forget(place);
    if (collected.hasFailed) call?.reject(new ThreadFailure(failureFrom(collected.answer)));
    else call?.resolve(collected.answer);
  }

  #forget(place: number): void {
    this.#calls.delete(place);
    this.#freePlaces.push(place);
    if (this.#calls.size === 0) this.#workers[0]?.unref();
  }

  #start(): void {
    const workerData: SigningThreadData = { modulePath: this.#modulePath, board: this.#board.shared };
    const ended = (message: string) => this.#end(message);
    this.#workers.push(startWorker(workerScript('signing', import.meta.url), ended, workerData));
  }

  /** Nobody knows which call it had, nor what it left in the library: whoever asks is told, and opens everything anew. */
  #end(message: string): void {
    this.#ended ??= new ThreadEnded({ message });
    for (const [place, { reject }] of [...this.#calls]) {
      this.#forget(place);
      reject(this.#ended);
    }
  }
}
