import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, jest } from '@jest/globals';
import { CallBoard } from './call-board.ts';

const SIZE = { request: 4, answer: 6 };

/** The caller's view and a thread's, of the same memory. */
function boards(places: number): { readonly caller: CallBoard; readonly thread: CallBoard } {
  const caller = CallBoard.withPlaces(places, SIZE);
  return { caller, thread: new CallBoard(caller.shared) };
}

describe('a board of calls', () => {
  it('gives each call once, the oldest first, also when it went round many times', () => {
    const { caller, thread } = boards(3);
    for (let round = 0; round < 10; round += 1) {
      for (const place of [2, 0, 1]) caller.ask(place, Uint8Array.of(place, round));
      for (const place of [2, 0, 1]) {
        expect(thread.take()).toBe(place);
        expect([...thread.requestAt(place)]).toEqual([place, round]);
        thread.finish(place, Uint8Array.of(round), false);
        expect(caller.collect(place)).toEqual({ answer: Uint8Array.of(round), hasFailed: false });
      }
    }
  });

  it('has an answer once, and none before the call is finished', () => {
    const { caller, thread } = boards(1);
    caller.ask(0, Uint8Array.of(1));
    expect(caller.collect(0)).toBeUndefined();
    thread.finish(thread.take(), Uint8Array.of(2), true);
    expect(caller.collect(0)).toEqual({ answer: Uint8Array.of(2), hasFailed: true });
    expect(caller.collect(0)).toBeUndefined();
  });

  it('refuses a request that has no room, and cuts a reason that is too long', () => {
    const { caller, thread } = boards(1);
    expect(() => caller.ask(0, new Uint8Array(5))).toThrow(RangeError);
    caller.ask(0, new Uint8Array(4));
    thread.finish(thread.take(), new Uint8Array(7).fill(9), true);
    expect(caller.collect(0)).toEqual({ answer: new Uint8Array(6).fill(9), hasFailed: true });
  });

  it('tells the caller when one more is finished, also when that was before he asked', async () => {
    const { caller, thread } = boards(1);
    const { finished } = caller;
    caller.ask(0, Uint8Array.of(1));
    const told = caller.moreThan(finished);
    thread.finish(thread.take(), Uint8Array.of(2), false);
    await told;
    await caller.moreThan(finished);
    expect(caller.finished).toBe(finished + 1);
  });

  it('gives a thread nothing that nobody asked for, when another one takes calls while it looks', () => {
    const { caller, thread } = boards(8);
    const other = new CallBoard(caller.shared);
    caller.ask(1, Uint8Array.of(1));
    const { load } = Atomics;
    let looks = 0;
    const otherGoesBetween = (words: Int32Array, index: number): number => {
      const value = load(words, index);
      looks += 1;
      if (looks === 1) {
        other.take();
        caller.ask(2, Uint8Array.of(2));
        other.take();
      }
      return value;
    };
    const spies = [
      jest.spyOn(Atomics, 'load').mockImplementation(otherGoesBetween as typeof load),
      jest.spyOn(Atomics, 'wait').mockImplementation(() => {
        caller.ask(3, Uint8Array.of(3));
        return 'ok';
      }),
    ];
    try {
      expect(thread.take()).toBe(3);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });

  it('loses nothing and mixes nothing up, with more threads than cores', async () => {
    const calls = 150_000;
    const places = 18;
    const board = CallBoard.withPlaces(places, { request: 64, answer: 64 });
    const script = new URL('./echo.fixture.ts', import.meta.url);
    const workers = Array.from({ length: 8 }, () => new Worker(script, { workerData: board.shared }));
    const requests = new Map<number, Buffer>();
    const ask = (place: number) => {
      const request = randomBytes(64);
      requests.set(place, request);
      board.ask(place, request);
    };
    for (let place = 0; place < places; place += 1) ask(place);
    let right = 0;
    for (let seen = 0; seen < calls;) {
      const { finished } = board;
      for (const [place, request] of [...requests]) {
        const answer = board.collect(place)?.answer.reverse();
        if (answer === undefined) continue;
        seen += 1;
        if (Buffer.compare(answer, request) === 0) right += 1;
        ask(place);
      }
      await board.moreThan(finished);
    }
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(right).toBeGreaterThanOrEqual(calls);
  }, 60_000);
});
