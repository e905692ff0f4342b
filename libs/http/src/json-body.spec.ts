import { afterAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { JsonBodyReader } from './json-body.ts';

const reader = new JsonBodyReader({ threads: 1, maxQueue: 4 });
afterAll(() => reader.close());
const utf8 = (text: string) => new TextEncoder().encode(text);

describe('JsonBodyReader', () => {
  it('reads an empty body as null, and JSON with a byte order mark', async () => {
    expect(await reader.read(utf8(''))).toBeNull();
    expect(await reader.read(utf8('\uFEFF{"a":1}'))).toEqual({ a: 1 });
  });

  it('refuses what is not JSON without quoting it', async () => {
    await expect(reader.read(utf8('{"pin":"848484"'))).rejects.toMatchObject({ code: 'malformed-request' });
    await reader.read(utf8('{"pin":"848484"')).catch((error: unknown) => {
      expect(JSON.stringify({ ...(error as object), text: String(error) })).not.toContain('848484');
    });
    await expect(reader.read(new Uint8Array([0x22, 0xff, 0x22]))).rejects.toMatchObject({ code: 'malformed-request' });
  });

  it('decodes the document of a large body on its own thread', async () => {
    const document = randomBytes(3_000_000);
    const body = await reader.read(utf8(JSON.stringify({ document: document.toString('base64'), profile: 'basic' })));
    expect(Buffer.from((body as { document: Uint8Array }).document).equals(document)).toBe(true);
    expect((body as { profile: string }).profile).toBe('basic');
  });

  it('lets the event loop turn while 60 MiB are parsed', async () => {
    const body = utf8(
      JSON.stringify({ user: { name: 'ana' }, document: 'QUJD'.repeat(15 * 1024 * 1024), notes: 'x'.repeat(100_000) }),
    );
    expect(body.length).toBeGreaterThan(60 * 1024 * 1024);
    let turns = 0;
    let isRead = false as boolean;
    const turn = (): void => {
      turns += 1;
      if (!isRead) setImmediate(turn);
    };
    setImmediate(turn);
    expect(await reader.read(body)).toMatchObject({ user: { name: 'ana' } });
    isRead = true;
    // Parsed where it arrived it would be none or one.
    expect(turns).toBeGreaterThan(100);
  });

  it.each([
    ['a million members', `{${Array.from({ length: 1_000_000 }, (_, index) => `"m${index}":0`).join(',')}}`],
    ['a million times one member', `{${'"a":0,'.repeat(1_000_000)}"a":1}`],
    ['arrays in arrays, 200,000 deep', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['objects in objects, 100,000 deep', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ])('refuses %s before it builds anything of them', async (_name, text) => {
    await expect(reader.read(utf8(text))).rejects.toMatchObject({
      code: 'malformed-request',
      publicDetail: 'the body holds more than 20000 values',
    });
  });

  it('reads as many values as any request of the contract has', async () => {
    const digests = Array.from({ length: 1_000 }, (_, index) => `digest-${index}`);
    expect(await reader.read(utf8(JSON.stringify({ digests, notes: 'x'.repeat(100_000) })))).toMatchObject({ digests });
  });

  it('refuses more text than any request has, wherever it stands', async () => {
    const text = 'x'.repeat(5_000_000);
    const twice = [
      { a: text, b: text },
      [[text, [text]]],
      { document: `*${text}`, [text]: 1 },
      { a: { [text]: text } },
    ];
    for (const value of twice) {
      await expect(reader.read(utf8(JSON.stringify(value)))).rejects.toMatchObject({
        code: 'malformed-request',
        publicDetail: 'the texts of the body are longer than 8388608 characters, documents in base64 aside',
      });
    }
    expect(await reader.read(utf8(JSON.stringify({ a: text })))).toEqual({ a: text });
  });

  it('leaves a large text that is not base64 for the validation to name', async () => {
    const body = await reader.read(utf8(JSON.stringify({ document: '*'.repeat(100_000) })));
    expect(typeof (body as { document: unknown }).document).toBe('string');
  });

  it('refuses a large body that is not JSON', async () => {
    await expect(reader.read(utf8(`{"document":"${'A'.repeat(100_000)}`))).rejects.toMatchObject({
      code: 'malformed-request',
    });
  });
});
