import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../places.ts';
import { readSteps } from './foreign-clients.ts';

describe('what a client prints', () => {
  it('is read as steps, with why one failed', () => {
    expect(readSteps('zeep', 'hello\nok log in\nFAIL sign a hash: Fault: a: b\nFAIL read an error\nok\n')).toEqual([
      { client: 'zeep', step: 'log in', failure: undefined },
      { client: 'zeep', step: 'sign a hash', failure: 'Fault: a: b' },
      { client: 'zeep', step: 'read an error', failure: 'it does not say why' },
    ]);
  });
});

describe('docs/clients.md', () => {
  const page = readFileSync(join(ROOT, 'docs', 'clients.md'), 'utf8');
  const excerpts = [...page.matchAll(/<!-- from (\S+) -->\n+```\w*\n(.*?)```/gs)];

  it('shows only code that bin/conformance runs', () => {
    expect(excerpts.length).toBeGreaterThan(6);
    for (const [, path = '', code = ''] of excerpts) {
      const source = readFileSync(join(ROOT, 'docs', 'clients', path), 'utf8');
      // An excerpt leaves parts out by a line of dots.
      for (const piece of code.split(/^\s*…\n/m)) expect([path, source.includes(piece)]).toEqual([path, true]);
    }
  });

  it('names every sample', () => {
    for (const folder of readdirSync(join(ROOT, 'docs', 'clients'))) expect(page).toContain(`clients/${folder}`);
  });
});
