import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { RecentlyRead } from './recently-read.ts';

describe('what was read a moment ago', () => {
  it('is bounded in number: the one that was read first goes', () => {
    const memory = new RecentlyRead<{ n: number }>({ entries: 2, ageMs: 60_000 });
    memory.keep('a', { n: 1 });
    memory.keep('b', { n: 2 });
    memory.keep('a', { n: 3 });
    memory.keep('c', { n: 4 });
    expect(['a', 'b', 'c'].map((key) => memory.get(key)?.n)).toEqual([3, undefined, 4]);
    expect(memory.size).toBe(2);
  });

  it('is bounded in age, however often it is used', async () => {
    const memory = new RecentlyRead<{ n: number }>({ entries: 2, ageMs: 50 });
    memory.keep('a', { n: 1 });
    for (let waitedMs = 0; waitedMs < 100; waitedMs += 10) {
      memory.get('a');
      await setTimeout(10);
    }
    expect(memory.get('a')).toBeUndefined();
    expect(memory.size).toBe(0);
  });

  it('is forgotten one by one, by what it says, and all at once', () => {
    const memory = new RecentlyRead<{ n: number }>({ entries: 9, ageMs: 60_000 });
    for (const n of [1, 2, 3, 4]) memory.keep(String(n), { n });
    memory.forget('1');
    memory.forgetWhere(({ n }) => n === 2);
    expect(['1', '2', '3'].map((key) => memory.get(key)?.n)).toEqual([undefined, undefined, 3]);
    memory.clear();
    expect(memory.size).toBe(0);
  });
});
