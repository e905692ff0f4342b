import { describe, expect, it } from '@jest/globals';
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
});
