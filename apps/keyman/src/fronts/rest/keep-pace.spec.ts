import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { keepRequestPace } from './keep-pace.ts';

const KIB = 1024;
const MINUTE_MS = 60_000;

/** As much of a request as pace is about. */
class Arriving extends EventEmitter {
  readonly socket = { bytesRead: 0 };
  complete = false;
  destroyed = false;

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

describe('a request that arrives', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const arrive = (bytesPerSecond: number, minutes: number) => {
    const request = new Arriving();
    keepRequestPace(request as unknown as IncomingMessage);
    for (let minute = 0; minute < minutes && !request.destroyed; minute++) {
      request.socket.bytesRead += 60 * bytesPerSecond;
      jest.advanceTimersByTime(MINUTE_MS);
    }
    return request;
  };

  it('may take hours at a fair pace', () => {
    const request = arrive(100 * KIB, 300);
    expect(request.destroyed).toBe(false);
    request.emit('close');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('may take five minutes at any pace, and is cut off then', () => {
    expect(arrive(KIB, 4).destroyed).toBe(false);
    expect(arrive(KIB, 6).destroyed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not watched when it is there already', () => {
    const request = new Arriving();
    request.complete = true;
    keepRequestPace(request as unknown as IncomingMessage);
    expect(jest.getTimerCount()).toBe(0);
  });
});
