import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPkcs11Module, prepareSoftHsmToken } from './index.ts';
import { softHsmConfiguration } from './softhsm-token.ts';

const modulePath = findPkcs11Module();

describe('prepareSoftHsmToken', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'cinnabar-token-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const prepare = (directory = join(root, 'hsm')) => prepareSoftHsmToken({ directory, label: 'keyman', modulePath });

  /** What SoftHSM's own tool says of the tokens. */
  async function tokens(configurationFile: string): Promise<string[]> {
    const { stdout } = await promisify(execFile)('softhsm2-util', ['--show-slots'], {
      env: { ...process.env, SOFTHSM2_CONF: configurationFile },
    });
    const initialised = stdout.split(/^Slot /m).filter((slot) => /User PIN init\.:\s+yes/.test(slot));
    return initialised.map((slot) => /Label:\s+(\S+)/.exec(slot)?.[1] ?? '');
  }

  it('makes a token that only its owner can read', async () => {
    const { configurationFile, pinFile } = await prepare();
    expect(await tokens(configurationFile)).toEqual(['keyman']);
    expect((await stat(join(root, 'hsm'))).mode & 0o777).toBe(0o700);
    expect((await stat(pinFile)).mode & 0o777).toBe(0o600);
    expect((await readFile(pinFile, 'utf8')).length).toBe(32);
  });

  it('may be called at every start', async () => {
    const first = await prepare();
    const pin = await readFile(first.pinFile, 'utf8');
    expect(await prepare()).toEqual(first);
    expect(await readFile(first.pinFile, 'utf8')).toBe(pin);
    expect(await tokens(first.configurationFile)).toEqual(['keyman']);
  });

  it('goes on when the folder was moved', async () => {
    await prepare();
    await rename(join(root, 'hsm'), join(root, 'moved'));
    const { configurationFile } = await prepare(join(root, 'moved'));
    expect(configurationFile).toBe(join(root, 'moved', 'softhsm2.conf'));
    expect(await tokens(configurationFile)).toEqual(['keyman']);
  });

  it('goes on after a kill between any two steps', async () => {
    const home = join(root, 'hsm');
    // Killed while it wrote a PIN, and while the token was being made: halves of everything lie about.
    await mkdir(join(home, 'tokens.unfinished', 'half-a-token'), { recursive: true });
    await writeFile(join(home, 'pin.unfinished'), 'hal');
    await writeFile(join(home, 'softhsm2.conf.unfinished'), 'direc');
    await writeFile(join(home, 'so-pin'), 'x'.repeat(32));
    const { configurationFile } = await prepare();
    expect(await tokens(configurationFile)).toEqual(['keyman']);
    expect((await readdir(home)).sort()).toEqual(['pin', 'so-pin', 'softhsm2.conf', 'tokens']);
  });

  it('writes what the template in softhsm/ shows', async () => {
    const template = await readFile(new URL('../../../../softhsm/softhsm2.conf.template', import.meta.url), 'utf8');
    const settings = template.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(softHsmConfiguration('@TOKEN_DIRECTORY@').trimEnd().split('\n')).toEqual(settings);
  });
});
