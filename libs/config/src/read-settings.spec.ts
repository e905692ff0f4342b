import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings, type Environment } from './read-settings.ts';
import { count, words, yesOrNo } from './schemas.ts';
import { setting } from './setting.ts';
import { settingsTable } from './settings-page.ts';
import { SettingsProblem } from './settings-problem.ts';

const DECLARED = {
  port: setting('X_PORT', count(0, 65535), { fallback: '8080', summary: 'Port.' }),
  strict: setting('X_STRICT', yesOrNo(), { fallback: 'false', summary: 'Strict.' }),
  password: setting('X_PASSWORD', words().min(4, 'is shorter than 4 characters'), {
    secret: true,
    summary: 'Password.',
  }),
};

function problemsOf(environment: Environment): readonly string[] {
  try {
    readSettings(DECLARED, environment);
  } catch (error) {
    if (error instanceof SettingsProblem) return error.sentences;
    throw error;
  }
  return [];
}

describe('readSettings', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cinnabar-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('takes defaults for what is unset or empty', () => {
    expect(readSettings(DECLARED, { X_PORT: '' })).toEqual({ port: 8080, strict: false, password: undefined });
  });

  it('tells everything that is wrong at once', () => {
    expect(problemsOf({ X_PORT: '99999', X_STRICT: 'perhaps' })).toEqual([
      'X_PORT "99999" is not accepted: it must be from 0 to 65535.',
      'X_STRICT "perhaps" is not accepted: it is neither true nor false.',
    ]);
  });

  it('judges settings against each other in the same breath', () => {
    const rule = ({ port, strict }: { port?: number; strict?: boolean }) =>
      strict === true && (port ?? 0) < 1024 ? ['X_STRICT needs a high port.'] : [];
    const read = (environment: Environment) => () => readSettings(DECLARED, environment, rule);
    expect(read({ X_PORT: '80', X_STRICT: 'yes', X_PASSWORD: 'abc' })).toThrow(
      'X_PASSWORD is not accepted: it is shorter than 4 characters.\nX_STRICT needs a high port.',
    );
    expect(read({ X_STRICT: 'yes' })()).toMatchObject({ port: 8080, strict: true });
  });

  it('never prints a secret', () => {
    expect(problemsOf({ X_PASSWORD: 'abc' })).toEqual(['X_PASSWORD is not accepted: it is shorter than 4 characters.']);
  });

  it('reads a secret from a file, but not from two places', () => {
    const path = join(folder, 'password');
    writeFileSync(path, 'from a file\n');
    expect(readSettings(DECLARED, { X_PASSWORD_FILE: path }).password).toBe('from a file');
    expect(problemsOf({ X_PASSWORD_FILE: path, X_PASSWORD: 'here too' })).toHaveLength(1);
    expect(problemsOf({ X_PASSWORD_FILE: join(folder, 'absent') })).toHaveLength(1);
  });

  it('documents what it reads', () => {
    expect(settingsTable(DECLARED)).toContain('| `X_PASSWORD` or `X_PASSWORD_FILE` | unset | Password. |');
  });
});
