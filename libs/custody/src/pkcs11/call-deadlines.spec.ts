import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { CodedError } from '@cinnabar/core';
import { CallDeadlines } from './call-deadlines.ts';

describe('deadlines of calls', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const never = () => new Promise<string>(() => undefined);

  it('give back what a call in time gave', async () => {
    const deadlines = new CallDeadlines(1000);
    await expect(deadlines.watch(Promise.resolve('signature'))).resolves.toBe('signature');
    await expect(deadlines.watch(Promise.reject(new Error('CKR_DEVICE_ERROR')))).rejects.toThrow('CKR_DEVICE_ERROR');
  });

  it('end each late call in its own time, by one timer', async () => {
    const deadlines = new CallDeadlines(1000);
    const ended: string[] = [];
    const watch = (name: string) => {
      void deadlines.watch(never()).catch((error: unknown) => ended.push(`${name} ${(error as CodedError).code}`));
    };
    watch('first');
    await jest.advanceTimersByTimeAsync(600);
    watch('second');
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(399);
    expect(ended).toEqual([]);
    await jest.advanceTimersByTimeAsync(2);
    expect(ended).toEqual(['first hsm-not-available']);
    await jest.advanceTimersByTimeAsync(600);
    expect(ended).toEqual(['first hsm-not-available', 'second hsm-not-available']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are forgotten with the call', async () => {
    const deadlines = new CallDeadlines(1000);
    await deadlines.watch(Promise.resolve());
    await jest.advanceTimersByTimeAsync(1000);
    expect(jest.getTimerCount()).toBe(0);
  });
});
