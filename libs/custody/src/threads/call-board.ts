/** Who waits for what: threads for a new call, the caller for one more that is finished. Each is only ever counted up. */
const TAKEN = 0;
const ASKED = 1;
const FINISHED = 2;
const HEADER_WORDS = 3;

/** What is known of each place, in words of 32 bits. */
const STATE = 0;
const REQUEST_LENGTH = 1;
const ANSWER_LENGTH = 2;
const PLACE_WORDS = 3;

/** States of a place: nothing is to be collected there, or one of two things is. */
const OPEN = 0;
const ANSWERED = 1;
const FAILED = 2;

/** Octets of a request, and of an answer, that a place has room for. */
export interface PlaceSize {
  readonly request: number;
  readonly answer: number;
}

/** How a board crosses the border of a thread. */
export interface SharedBoard {
  readonly memory: SharedArrayBuffer;
  readonly places: number;
  readonly size: PlaceSize;
}

/**
 * Memory that a caller's thread and those that work for it share: a call is written to a free place, and whichever of them
 * is free first takes the oldest. Nothing is copied by way of a message, nobody who is busy is woken, and no call waits
 * behind another one while a thread has nothing to do.
 */
export class CallBoard {
  readonly shared: SharedBoard;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #octets: Uint8Array<SharedArrayBuffer>;
  /** A power of two, so that counters which wrap around go on at the right place. */
  readonly #turns: number;
  readonly #placesAt: number;

  constructor(shared: SharedBoard) {
    this.shared = shared;
    this.#turns = turnsFor(shared.places);
    this.#placesAt = HEADER_WORDS + this.#turns;
    this.#words = new Int32Array(shared.memory, 0, wordsFor(shared.places));
    this.#octets = new Uint8Array(shared.memory, 4 * wordsFor(shared.places));
  }

  /** As many calls as there are places can be on their way. */
  static withPlaces(places: number, size: PlaceSize): CallBoard {
    const octets = 4 * wordsFor(places) + places * (size.request + size.answer);
    return new CallBoard({ memory: new SharedArrayBuffer(octets), places, size });
  }

  /** The caller's: writes to a place that is free, and wakes one thread if one sleeps. */
  ask(place: number, request: Uint8Array): void {
    this.#requestAt(place, request.length).set(request);
    this.#setWord(place, REQUEST_LENGTH, request.length);
    const asked = Atomics.load(this.#words, ASKED);
    Atomics.store(this.#words, this.#turnAt(asked), place);
    Atomics.add(this.#words, ASKED, 1);
    Atomics.notify(this.#words, ASKED, 1);
  }

  /** A thread's: waits for a call that nobody has taken, and takes it. @returns its place */
  take(): number {
    for (;;) {
      // In this order: what was taken is never more than what was asked by then. The other way round, calls that come and
      // are taken in between make one seem to be there that nobody asked for.
      const taken = Atomics.load(this.#words, TAKEN);
      const asked = Atomics.load(this.#words, ASKED);
      if (asked === taken) {
        Atomics.wait(this.#words, ASKED, asked);
        continue;
      }
      // Read before it is ours: should another thread be first, the place may already stand for a later call.
      const place = Atomics.load(this.#words, this.#turnAt(taken));
      if (Atomics.compareExchange(this.#words, TAKEN, taken, (taken + 1) | 0) === taken) return place;
    }
  }

  /** A thread's: a copy of what is asked. */
  requestAt(place: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#requestAt(place, this.#word(place, REQUEST_LENGTH)));
  }

  /** A thread's: cut where there is no more room, which only a long reason of a failure can be. */
  finish(place: number, answer: Uint8Array, hasFailed: boolean): void {
    const length = Math.min(answer.length, this.shared.size.answer);
    this.#answerAt(place, length).set(answer.subarray(0, length));
    this.#setWord(place, ANSWER_LENGTH, length);
    this.#setWord(place, STATE, hasFailed ? FAILED : ANSWERED);
    Atomics.add(this.#words, FINISHED, 1);
    Atomics.notify(this.#words, FINISHED);
  }

  /** The caller's: the answer, once, where there is one; the place is free afterwards. */
  collect(place: number): { readonly answer: Uint8Array<ArrayBuffer>; readonly hasFailed: boolean } | undefined {
    const state = this.#word(place, STATE);
    if (state !== ANSWERED && state !== FAILED) return undefined;
    const answer = Uint8Array.from(this.#answerAt(place, this.#word(place, ANSWER_LENGTH)));
    this.#setWord(place, STATE, OPEN);
    return { answer, hasFailed: state === FAILED };
  }

  /** The caller's: how many calls were finished so far, to be read before looking for them. */
  get finished(): number {
    return Atomics.load(this.#words, FINISHED);
  }

  /** The caller's: until more than `finished` are. Does not keep the process alive. */
  async moreThan(finished: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.#words, FINISHED, finished);
    if (waiting.async) await waiting.value;
  }

  #turnAt(counter: number): number {
    return HEADER_WORDS + (counter & (this.#turns - 1));
  }

  #word(place: number, word: number): number {
    return Atomics.load(this.#words, this.#placesAt + place * PLACE_WORDS + word);
  }

  #setWord(place: number, word: number, value: number): void {
    Atomics.store(this.#words, this.#placesAt + place * PLACE_WORDS + word, value);
  }

  #requestAt(place: number, length: number): Uint8Array<SharedArrayBuffer> {
    const { request, answer } = this.shared.size;
    if (length > request) throw new RangeError(`a request of ${length} octets, where ${request} have room`);
    const start = place * (request + answer);
    return this.#octets.subarray(start, start + length);
  }

  #answerAt(place: number, length: number): Uint8Array<SharedArrayBuffer> {
    const { request, answer } = this.shared.size;
    const start = place * (request + answer) + request;
    return this.#octets.subarray(start, start + length);
  }
}

function turnsFor(places: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, places)));
}

function wordsFor(places: number): number {
  return HEADER_WORDS + turnsFor(places) + places * PLACE_WORDS;
}
