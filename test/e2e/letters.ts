import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface ReadLetter {
  /** Header fields by lower-case name, unfolded (RFC 5322 2.2.3); several of one name are several. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Decoded. */
  readonly text: string;
  /** Rights of its file, in octal. */
  readonly mode: string;
}

/** The letters in a server's outbox, oldest first. */
export function lettersOf(home: string): ReadLetter[] {
  const folder = join(home, 'mail');
  return readdirSync(folder)
    .sort()
    .map((name) => ({ ...readLetter(readFileSync(join(folder, name), 'latin1')), mode: modeOf(join(folder, name)) }));
}

export function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function readLetter(raw: string): Omit<ReadLetter, 'mode'> {
  const end = raw.indexOf('\r\n\r\n');
  if (end < 0) throw new Error('the letter has no body');
  const headers = new Map<string, string[]>();
  for (const field of raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), field.slice(colon + 1).trim()]);
  }
  const encoding = headers.get('content-transfer-encoding')?.[0] ?? '7bit';
  return { headers, text: decode(raw.slice(end + 4), encoding.toLowerCase()) };
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString('utf8');
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
