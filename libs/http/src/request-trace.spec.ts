import { describe, expect, it } from '@jest/globals';
import { asPartOf, callerIdOf, currentTrace } from './request-trace.ts';

describe('a caller’s name for its request', () => {
  it.each(['abc', '7f9c-1', '4bf92f3577b34da6a3ce929d0e0e4736', 'a:b/c+d=e@f', 'x'.repeat(64)])('is kept: %s', (id) => {
    expect(callerIdOf({ 'x-request-id': id })).toBe(id);
    expect(callerIdOf({ 'x-correlation-id': id })).toBe(id);
  });

  it.each(['', ' ', 'a b', 'a\nb', '"', '{"level":"error"}', '-a', 'é', '<b>', 'x'.repeat(65)])(
    'is left out where it could be read as something else: %j',
    (id) => {
      expect(callerIdOf({ 'x-request-id': id })).toBeUndefined();
    },
  );

  it('is one, whatever is sent', () => {
    expect(callerIdOf({ 'x-request-id': 'one', 'x-correlation-id': 'two' })).toBe('one');
    expect(callerIdOf({ 'x-request-id': 'one, two' })).toBeUndefined();
    expect(callerIdOf({})).toBeUndefined();
  });
});

describe('the request that code runs for', () => {
  it('is known in all that it started, and nowhere else', async () => {
    const seen = async (): Promise<string | undefined> => {
      await new Promise((resolve) => setImmediate(resolve));
      return currentTrace()?.traceId;
    };
    const trace = (traceId: string) => ({ traceId, callerId: undefined });
    expect(await Promise.all([asPartOf(trace('a'), seen), asPartOf(trace('b'), seen), seen()])).toEqual([
      'a',
      'b',
      undefined,
    ]);
  });
});
