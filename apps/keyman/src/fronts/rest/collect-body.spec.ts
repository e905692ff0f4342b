import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { CodedError } from '@cinnabar/core';
import { collectBody } from './collect-body.ts';

const chunks = (...texts: readonly string[]) => Readable.from(texts.map((text) => Buffer.from(text)));
const textOf = async (body: Promise<Uint8Array>) => Buffer.from(await body).toString();

describe('collectBody', () => {
  it('puts the chunks of a body together, announced or not', async () => {
    expect(await textOf(collectBody(chunks('ab', 'c', 'def'), 6, 100))).toBe('abcdef');
    expect(await textOf(collectBody(chunks('ab', 'c', 'def'), undefined, 100))).toBe('abcdef');
    expect(await textOf(collectBody(chunks(), undefined, 100))).toBe('');
    const long = 'x'.repeat(100_000);
    expect(await textOf(collectBody(chunks(long, 'y', long), undefined, 300_000))).toBe(`${long}y${long}`);
  });

  it('keeps an announced body in memory that is its alone', async () => {
    const body = await collectBody(chunks('abc', 'def'), 6, 100);
    expect(body.buffer.byteLength).toBe(6);
  });

  it('takes as much as it may, and not one byte more', async () => {
    expect(await textOf(collectBody(chunks('abc', 'def'), undefined, 6))).toBe('abcdef');
    const refused = { code: 'body-too-large' };
    await expect(collectBody(chunks('abc', 'defg'), undefined, 6)).rejects.toMatchObject(refused);
    await expect(collectBody(chunks('abc', 'defg'), 7, 6)).rejects.toMatchObject(refused);
  });

  it('refuses a body of another length than was announced', async () => {
    const refused = { code: 'malformed-request' };
    await expect(collectBody(chunks('abc'), 4, 100)).rejects.toMatchObject(refused);
    await expect(collectBody(chunks('abcde'), 4, 100)).rejects.toMatchObject(refused);
  });

  it('takes a few small chunks, and refuses a body that is made of them', async () => {
    const ones = (count: number) => Readable.from(Array.from({ length: count }, () => Buffer.from('x')));
    expect((await collectBody(ones(4_096), undefined, 10_000)).length).toBe(4_096);
    await expect(collectBody(ones(4_097), undefined, 10_000)).rejects.toMatchObject({
      code: 'malformed-request',
      publicDetail: 'the body comes in too many small chunks',
    });
    const larger = Readable.from(Array.from({ length: 6_000 }, () => Buffer.alloc(32)));
    expect((await collectBody(larger, undefined, 200_000)).length).toBe(192_000);
  });

  it('tells why the stream ended, where that may be told', async () => {
    const ended = (error: Error) => {
      const body = new Readable({ read: () => undefined });
      const collected = collectBody(body, undefined, 100);
      body.destroy(error);
      return collected;
    };
    await expect(ended(new CodedError('not-authenticated', 'log in'))).rejects.toMatchObject({
      publicDetail: 'log in',
    });
    await expect(ended(new Error('inner'))).rejects.toMatchObject({
      code: 'malformed-request',
      publicDetail: 'the request cannot be read',
    });
  });
});
