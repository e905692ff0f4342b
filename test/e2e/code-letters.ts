import { lettersOf, type ReadLetter } from './letters.ts';

/** Letters to one address, oldest first. */
export function lettersTo(home: string, address: string): ReadLetter[] {
  return lettersOf(home).filter(({ headers }) => headers.get('to')?.[0]?.includes(address));
}

/** The newest one-time code that was mailed to that address. */
export function codeFor(home: string, address: string): string {
  const codes = lettersTo(home, address).flatMap(({ text }) => /^(?:Code|Código): (\d+)$/m.exec(text)?.[1] ?? []);
  const newest = codes.at(-1);
  if (newest === undefined) throw new Error(`no code was mailed to ${address}`);
  return newest;
}
