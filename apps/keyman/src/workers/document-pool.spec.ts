import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { KeymanSettings } from '../settings/index.ts';
import { DocumentPool } from './document-pool.ts';

describe('DocumentPool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cinnabar-pool-'));
  const settings = { documentLimitMs: 60_000, workerThreads: 1, workerQueue: 4, workerMemoryMib: 32 };
  const pool = new DocumentPool(settings as unknown as KeymanSettings);
  afterEach(async () => {
    await pool.onApplicationShutdown();
    rmSync(folder, { recursive: true });
  });

  const worker = (name: string, body: string) => {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(path, `export default () => { ${body} };\n`);
    return pathToFileURL(path);
  };

  it('calls a document unreadable that takes more memory than its thread has, and goes on', async () => {
    const hungry = worker('hungry', 'const kept = []; for (;;) kept.push(Array.from({ length: 1000 }, () => ({})));');
    await expect(pool.run(hungry, {}, [])).rejects.toMatchObject({
      code: 'document-unreadable',
      publicDetail: 'the document takes too much memory to read',
    });
    const modest = worker('modest', 'return { result: 7 };');
    expect(await pool.run(modest, {}, [])).toBe(7);
  }, 60_000);
});
