import { createPrivateKey } from 'node:crypto';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createTestPki } from '@cinnabar/testing';
import { createPfxReader, type PfxReader, type PfxReaderOptions } from '../index.ts';

const pki = createTestPki();
const password = 'Contraseña de acceso';

// Deriving keys for half a second may take many times that on a busy machine.
jest.setTimeout(60_000);

let reader: PfxReader | undefined;
const open = (options?: PfxReaderOptions): PfxReader => (reader = createPfxReader(options));
afterEach(() => reader?.close());

const slowPfx = (): Uint8Array => pki.pfx('clara', password, { opensslArguments: ['-iter', '600000'] });

describe('the PFX reader', () => {
  it('gives key and chain, and leaves the file as it was', async () => {
    const pfxDer = pki.pfx('ana', password, { legacy: true });
    const before = Buffer.from(pfxDer);
    const contents = await open().read(pfxDer, password);
    const privateKey = createPrivateKey({ key: Buffer.from(contents.privateKeyPkcs8), format: 'der', type: 'pkcs8' });
    expect(privateKey.equals(pki.identity('ana').privateKey)).toBe(true);
    expect(contents.certificatesDer).toHaveLength(3);
    expect(Buffer.from(pfxDer)).toEqual(before);
  });

  it('passes refusals on as coded errors', async () => {
    const { read } = bound(open());
    await expect(read(pki.pfx('clara', password), 'wrong')).rejects.toMatchObject({
      name: 'CodedError',
      code: 'invalid-parameter',
      publicDetail: 'pfxpass: does not open the file',
    });
    await expect(read(Buffer.from('no PFX'), password)).rejects.toMatchObject({ code: 'invalid-parameter' });
    await expect(read(new Uint8Array(1024 * 1024 + 1), '')).rejects.toMatchObject({
      publicDetail: 'pfxdata: larger than 1048576 bytes',
    });
  });

  it('keeps the event loop free while keys are derived', async () => {
    const pfxDer = slowPfx();
    let longestPauseMs = 0;
    let lastTickAt = performance.now();
    const ticking = setInterval(() => {
      longestPauseMs = Math.max(longestPauseMs, performance.now() - lastTickAt);
      lastTickAt = performance.now();
    }, 5);
    const startedAt = performance.now();
    await open()
      .read(pfxDer, password)
      .finally(() => clearInterval(ticking));
    const tookMs = performance.now() - startedAt;
    expect(longestPauseMs).toBeLessThan(tookMs / 2);
  });

  it('opens as many files at a time as it has threads and keeps the others waiting', async () => {
    const pfxDer = pki.pfx('clara', password);
    const { read } = bound(open({ threads: 2, maxQueueLength: 3 }));
    const results = await Promise.allSettled(Array.from({ length: 7 }, () => read(pfxDer, password)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refused).toEqual([expect.objectContaining({ code: 'too-many-requests' }), expect.anything()]);
    await expect(read(pfxDer, password)).resolves.toBeDefined();
  });

  it('stops a file that takes too long and goes on with the next', async () => {
    const pfxDer = slowPfx();
    const { read } = bound(open({ timeLimitMs: 150 }));
    await expect(read(pfxDer, password)).rejects.toMatchObject({
      code: 'invalid-parameter',
      publicDetail: 'pfxdata: takes longer than 150 ms to open',
    });
    await expect(open().read(pki.pfx('clara', password), password)).resolves.toBeDefined();
  });

  it('ends when it is closed, whoever is waiting', async () => {
    const pfxDer = slowPfx();
    const closing = open();
    const results = Promise.allSettled([closing.read(pfxDer, password), closing.read(pfxDer, password)]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    closing.close();
    expect(await results).toEqual(Array(2).fill(expect.objectContaining({ status: 'rejected' })));
    await expect(closing.read(pfxDer, password)).rejects.toMatchObject({ code: 'internal' });
  });
});

const bound = (it: PfxReader) => ({ read: (pfxDer: Uint8Array, text: string) => it.read(pfxDer, text) });
