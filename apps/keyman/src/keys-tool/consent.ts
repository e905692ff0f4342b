import { readFileSync, statSync } from 'node:fs';
import { CodedError, systemClock } from '@cinnabar/core';
import { AccountLookup } from '../auth/account-lookup.ts';
import { LoginAttempts } from '../auth/login-attempts.ts';
import { PasswordAuthentication } from '../auth/password-authentication.ts';
import { PasswordHasher } from '../auth/password-hasher.ts';
import { FIRST_ORGANISATION } from '../first-start.ts';
import type { KeysTool } from './keys-tool.ts';
import type { Terminal } from './terminal.ts';

/** What one person types. */
export interface Consent {
  readonly user: string;
  readonly password: string;
  readonly confirm: string;
}

const LARGEST_FILE_BYTES = 4096;
/** Counted like an address of the network, apart from all of them. */
const HERE = 'bin/keys';

/** A consent out of a file that only its owner can read. @throws Error with a sentence */
export function readConsent(path: string): Consent {
  const { mode, size } = statSync(path);
  if ((mode & 0o077) !== 0) throw new Error(`${path} can be read by others: "chmod 600" it`);
  if (size > LARGEST_FILE_BYTES) throw new Error(`${path} is too large for a consent`);
  const text = readFileSync(path, 'utf8');
  const line = (name: string): string => {
    const found = new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1];
    if (found === undefined) throw new Error(`${path} has no line "${name}: …"`);
    return found;
  };
  return { user: line('user'), password: line('password'), confirm: line('confirm') };
}

/** A consent typed at the terminal. */
export async function askConsent(terminal: Terminal, place: string, phrase: string): Promise<Consent> {
  const user = await terminal.ask(`${place} admin, userid: `);
  const password = await terminal.askSecret(`password of ${user}: `);
  const confirm = await terminal.ask(`type "${phrase}": `);
  return { user, password, confirm };
}

/**
 * The two people who consent, by their own log-in, which counts and locks as over the network.
 * @returns their userids
 * @throws CodedError `not-authenticated`, `not-authorised`, `refused-in-state` (another phrase, or one person twice), `too-many-requests`
 */
export async function twoPeople(
  { dataSource, settings }: KeysTool,
  consents: AsyncIterable<Consent>,
  phrase: string,
): Promise<readonly string[]> {
  const hasher = new PasswordHasher(settings);
  const attempts = new LoginAttempts(dataSource, systemClock, settings);
  const logIns = new PasswordAuthentication(new AccountLookup(dataSource), attempts, hasher);
  const people: string[] = [];
  try {
    for await (const { user: login, password, confirm } of consents) {
      const user = await logIns.check({ login, pass: password, orgaid: FIRST_ORGANISATION, ip: HERE });
      if (user === undefined) throw new CodedError('not-authenticated', `the log-in of ${login} is not right`);
      if (!user.admin && !user.superadmin) throw new CodedError('not-authorised', `${user.userid} is no admin`);
      if (people.includes(user.userid)) throw refused(`${user.userid} cannot consent twice`);
      if (confirm !== phrase) throw refused(`${user.userid} did not confirm with "${phrase}"`);
      people.push(user.userid);
    }
  } finally {
    await hasher.onApplicationShutdown();
  }
  if (people.length !== 2) throw refused('two people must consent');
  return people;
}

function refused(why: string): CodedError {
  return new CodedError('refused-in-state', why);
}
