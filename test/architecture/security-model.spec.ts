import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'security-model.md'), 'utf8');

/** Tests that a text names: `e2e/<name>`, or a path of a spec, which may end in `*.spec.ts`. */
function namedTests(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => name.startsWith('e2e/') || name.endsWith('.spec.ts'));
}

function exists(test: string): boolean {
  if (test.startsWith('e2e/')) return existsSync(join(ROOT, 'test', `${test}.e2e-spec.ts`));
  if (!test.endsWith('/*.spec.ts')) return existsSync(join(ROOT, test));
  return readdirSync(join(ROOT, dirname(test))).some((file) => file.endsWith('.spec.ts'));
}

describe('docs/security-model.md', () => {
  it('names only tests that are there', () => {
    const tests = namedTests(page);
    expect(tests.length).toBeGreaterThan(30);
    expect(tests.filter((test) => !exists(test))).toEqual([]);
  });

  it('shows each promise by a test', () => {
    const promises = page.slice(page.indexOf('## What is promised'), page.indexOf('## Threat by threat'));
    const items = promises.split(/^\d+\. /m).slice(1);
    expect(items.length).toBeGreaterThan(6);
    expect(items.filter((item) => namedTests(item).length === 0)).toEqual([]);
  });

  it('shows by a test whatever a threat cannot do', () => {
    const rows = page.split('\n').filter((line) => /^\|[^|]*\| cannot \|/.test(line));
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((row) => namedTests(row).length === 0)).toEqual([]);
  });

  it('speaks of every threat that the design names', () => {
    for (const threat of [
      'stolen database',
      'stolen token',
      'malicious admin',
      'database writer',
      'malicious operator',
      'token’s PIN',
    ]) {
      expect(page.replaceAll("'", '’')).toContain(`**${threat.startsWith('token') ? 'the' : 'a'} ${threat}**`);
    }
  });
});
