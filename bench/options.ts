import { parseArgs } from 'node:util';

export const USAGE = `bin/bench sign-hash|cold-pin|vault [--connections N] [--seconds N] [--turns N]

sign-hash  REST Sign/Hash with everything on (session, PIN, audit record sealed in PostgreSQL, own check of each signature)
           against a bare asynchronous PKCS#11 loop on the same token, in turns in the same run.
cold-pin   How many cold PINs a second open, and what one cold PIN at a time leaves of the warm rate.
vault      As many keys as the vault holds, unlocked, used and forgotten through custody on the token: rates, and memory.

  --connections N   callers at once, on both sides (default 16)
  --seconds N       length of each turn; of the vault: how long is signed (default 5)
  --turns N         turns of each side, or turnovers of the vault (default 4)
  --keys N          keys in the vault (default 10000)

It starts a server and a database of its own in a temporary folder. The last line is JSON.`;

export interface BenchOptions {
  readonly what: 'sign-hash' | 'cold-pin' | 'vault';
  readonly connections: number;
  readonly seconds: number;
  readonly turns: number;
  readonly keys: number;
}

/** @throws with a sentence for the one who typed */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      connections: { type: 'string', default: '16' },
      seconds: { type: 'string', default: '5' },
      turns: { type: 'string', default: '4' },
      keys: { type: 'string', default: '10000' },
    },
  });
  const [what] = positionals;
  if (values.help === true || what === undefined) return 'help';
  if (what !== 'sign-hash' && what !== 'cold-pin' && what !== 'vault')
    throw new Error(`there is no bench ${what}; there are sign-hash, cold-pin and vault`);
  return {
    what,
    connections: count('connections', values.connections, 1024),
    seconds: count('seconds', values.seconds, 3600),
    turns: count('turns', values.turns, 1000),
    keys: count('keys', values.keys, 1_000_000),
  };
}

function count(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`--${name} takes a whole number from 1 to ${most}`);
  return value;
}
