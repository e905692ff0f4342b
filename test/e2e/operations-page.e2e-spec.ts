import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATIONS, shapeOf } from '@cinnabar/keyman-api';
import { operationsPage, structureOf, type ServedExample } from '../operations-page/operations-page.ts';
import { serveExamples } from '../operations-page/serve-examples.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RunningKeyman } from './running-keyman.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'operations.md');
/** Operations whose example needs what only another operation makes; their page shows a refusal. */
const REFUSED_BY_NATURE: readonly string[] = [];

describe('docs/operations.md', () => {
  let keymans: [RunningKeyman, RunningKeyman];
  let served: Map<string, ServedExample>;

  beforeAll(async () => {
    keymans = await Promise.all([RunningKeyman.start(CHEAP_HASHING), RunningKeyman.start(CHEAP_HASHING)]);
    served = await serveExamples(...keymans);
  }, 120_000);
  afterAll(() => Promise.all(keymans.map((keyman) => keyman.remove())), 30_000);

  it('shows examples that are answered without an error, over both protocols', () => {
    for (const [name, { restAnswer, soapAnswer }] of served) {
      if (REFUSED_BY_NATURE.includes(name)) continue;
      expect([name, /"code": "(K[^"]*)"/.exec(restAnswer)?.[1] ?? 'K0000']).toEqual([name, 'K0000']);
      expect([name, /code>(K[^<]*)</.exec(soapAnswer)?.[1] ?? 'K0000']).toEqual([name, 'K0000']);
    }
  });

  it('is what the declarations and a running server say (npm run operations-page makes it anew)', () => {
    const page = operationsPage(
      OPERATIONS.map((declaration) => shapeOf(declaration)),
      served,
    );
    if (process.env['WRITE_OPERATIONS_PAGE'] === 'yes') writeFileSync(PAGE, page);
    expect(structureOf(readFileSync(PAGE, 'utf8'))).toBe(structureOf(page));
  });
});
