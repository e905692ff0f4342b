import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const SCRIPT = join(import.meta.dirname, 'token-capabilities.script.ts');
const PAGE = join(import.meta.dirname, '../../../../softhsm/capabilities.md');
const RELEASE = /on (.+) \(as C_GetInfo reports it\)/;

const rowsOf = (page: string): string[] => [...page.matchAll(/^\| (.+?) \|/gm)].map(([, what = '']) => what);

describe('softhsm/capabilities.md', () => {
  it('is what its script measures on the installed SoftHSM', async () => {
    const { stdout: measured } = await promisify(execFile)(process.execPath, [SCRIPT]);
    const page = readFileSync(PAGE, 'utf8');
    // Another release of SoftHSM may do more, but is asked the same.
    expect(rowsOf(measured)).toEqual(rowsOf(page));
    if (RELEASE.exec(measured)?.[1] === RELEASE.exec(page)?.[1]) expect(measured).toBe(page);
  }, 60_000);
});
