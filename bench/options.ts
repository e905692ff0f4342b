import { parseArgs } from 'node:util';

export const USAGE = `bin/bench sign-hash|cold-pin|memory|vault|large|hostile
         [--connections N] [--seconds N] [--turns N] [--warm-up N] [--rsa N] [--signatures N] [--keys N] [--size N[M|G]]

sign-hash  REST Sign/Hash with everything on (session, PIN, audit record sealed in PostgreSQL, own check of each signature)
           against a bare asynchronous PKCS#11 loop on the same token, in turns in the same run.
cold-pin   How many cold PINs a second open, and what one cold PIN at a time leaves of the warm rate.
memory     Makes many signatures and tells how much memory the server holds on the way, and how much it grows.
vault      As many keys as the vault holds, unlocked, used and forgotten through custody on the token: rates, and memory.
large      A large PDF in as multipart/form-data, signed, and out as bytes: how long, and how much memory at the most.
hostile    Each request of test/e2e/hostile/heavy once: milliseconds from its last byte to its answer, the longest that a
           health check waited meanwhile, and the most memory in MB.

  --connections N   callers at once, on both sides (default 64: more callers bring hardly more)
  --seconds N       length of each turn; of the vault: how long is signed (default 5)
  --turns N         turns of each side, or turnovers of the vault (default 4)
  --warm-up N       sign-hash: seconds of load on each side before it is measured, until V8 has compiled what runs often
                    (default 30)
  --rsa N           sign-hash: bits of the key on both sides: 2048, 3072 or 4096 (default 2048)
  --signatures N    memory: how many it is looked at over (default 50000)
  --keys N          vault: keys in it (default 10000)
  --size N[M|G]     large: of the document, in MiB or GiB (default 1G)

It starts a server and a database of its own in a temporary folder. The last line is JSON.`;

const BENCHES = ['sign-hash', 'cold-pin', 'memory', 'vault', 'large', 'hostile'] as const;

export interface BenchOptions {
  readonly what: (typeof BENCHES)[number];
  readonly connections: number;
  readonly seconds: number;
  readonly turns: number;
  readonly warmUpSeconds: number;
  readonly rsaBits: number;
  readonly signatures: number;
  readonly keys: number;
  readonly sizeBytes: number;
}

/** @throws with a sentence for the one who typed */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      connections: { type: 'string', default: '64' },
      seconds: { type: 'string', default: '5' },
      turns: { type: 'string', default: '4' },
      'warm-up': { type: 'string', default: '30' },
      rsa: { type: 'string', default: '2048' },
      signatures: { type: 'string', default: '50000' },
      keys: { type: 'string', default: '10000' },
      size: { type: 'string', default: '1G' },
    },
  });
  const [asked] = positionals;
  if (values.help === true || asked === undefined) return 'help';
  const what = BENCHES.find((each) => each === asked);
  if (what === undefined) throw new Error(`there is no bench ${asked}; there are ${BENCHES.join(', ')}`);
  return {
    what,
    connections: count('connections', values.connections, 1024),
    seconds: count('seconds', values.seconds, 3600),
    turns: count('turns', values.turns, 1000),
    warmUpSeconds: count('warm-up', values['warm-up'], 3600),
    rsaBits: rsaBits(values.rsa),
    signatures: count('signatures', values.signatures, 1_000_000_000),
    keys: count('keys', values.keys, 1_000_000),
    sizeBytes: size(values.size),
  };
}

const RSA_BITS = ['2048', '3072', '4096'];

function rsaBits(text: string): number {
  if (!RSA_BITS.includes(text)) throw new Error(`--rsa takes one of ${RSA_BITS.join(', ')}`);
  return Number(text);
}

function size(text: string): number {
  const [, number, unit] = /^(\d{1,6})([MG])$/i.exec(text) ?? [];
  if (number === undefined || Number(number) < 1) throw new Error('--size takes a number of MiB or GiB: 300M, 1G');
  return Number(number) * 1024 ** (unit?.toUpperCase() === 'G' ? 3 : 2);
}

function count(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`--${name} takes a whole number from 1 to ${most}`);
  return value;
}
