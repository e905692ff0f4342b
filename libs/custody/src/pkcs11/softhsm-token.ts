import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@cinnabar/core';

export interface SoftHsmTokenRequest {
  /** Folder for the token and its files; made if missing, mode 700. May be moved between two starts. */
  readonly directory: string;
  readonly label: string;
  readonly modulePath: string;
}

export interface SoftHsmToken {
  readonly label: string;
  readonly modulePath: string;
  /** For `SOFTHSM2_CONF`. */
  readonly configurationFile: string;
  /** The user PIN, mode 600. */
  readonly pinFile: string;
}

/** softhsm2.conf for a token folder; softhsm/softhsm2.conf.template says what the lines mean. */
export function softHsmConfiguration(tokenDirectory: string): string {
  return [
    `directories.tokendir = ${tokenDirectory}`,
    'objectstore.backend = file',
    'log.level = ERROR',
    'slots.removable = false',
    'slots.mechanisms = ALL',
    'library.reset_on_fork = false',
    '',
  ].join('\n');
}

/**
 * Makes a SoftHSM token ready, at every start: the configuration is written anew (its path is absolute, the folder may
 * have been moved), PINs and token are made once. A kill between any two steps leaves nothing that the next start
 * cannot go on from: PINs are on disk before the token exists, and the token is made aside and renamed when complete.
 * @throws CodedError `hsm-not-available` when the library cannot make the token
 */
export async function prepareSoftHsmToken({
  directory,
  label,
  modulePath,
}: SoftHsmTokenRequest): Promise<SoftHsmToken> {
  const home = resolve(directory);
  const tokens = join(home, 'tokens');
  const configurationFile = join(home, 'softhsm2.conf');
  const pinFile = join(home, 'pin');
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chmod(home, 0o700);
  await writeDurably(configurationFile, softHsmConfiguration(tokens));
  if (!existsSync(tokens)) {
    const pins = { userPin: await pinIn(pinFile), soPin: await pinIn(join(home, 'so-pin')) };
    await makeToken({ home, tokens, label, modulePath, pins });
  }
  return { label, modulePath, configurationFile, pinFile };
}

interface TokenMaking {
  readonly home: string;
  readonly tokens: string;
  readonly label: string;
  readonly modulePath: string;
  readonly pins: { readonly userPin: string; readonly soPin: string };
}

async function makeToken({ home, tokens, label, modulePath, pins }: TokenMaking): Promise<void> {
  const unfinished = join(home, 'tokens.unfinished');
  const configurationFile = join(home, 'softhsm2.unfinished.conf');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeDurably(configurationFile, softHsmConfiguration(unfinished));
  await runInitialiser(configurationFile, { label, modulePath, ...pins });
  await rename(unfinished, tokens);
  await syncDirectory(home);
  await rm(configurationFile);
}

/** A process of its own, since SOFTHSM2_CONF holds for a whole process; the PINs go through stdin, where `ps` does not look. */
function runInitialiser(configurationFile: string, input: object): Promise<void> {
  const script = fileURLToPath(
    new URL(`./softhsm-initialiser${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
  );
  return new Promise((done, fail) => {
    const child = execFile(
      process.execPath,
      [script],
      { env: { SOFTHSM2_CONF: configurationFile }, timeout: 30_000 },
      (error, _stdout, stderr) => {
        if (error === null) done();
        else fail(new CodedError('hsm-not-available', 'the SoftHSM token cannot be made', { context: { stderr } }));
      },
    );
    // A child that dies early closes its stdin; how it ended is what the callback above reports.
    child.stdin?.on('error', () => undefined).end(JSON.stringify(input));
  });
}

/** The PIN in a file, made at random (192 bits) the first time. */
async function pinIn(path: string): Promise<string> {
  if (!existsSync(path)) await writeDurably(path, randomBytes(24).toString('base64url'));
  return (await readFile(path, 'utf8')).trim();
}

/** Whole or not at all, mode 600: written aside, synchronised, renamed. */
async function writeDurably(path: string, text: string): Promise<void> {
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
