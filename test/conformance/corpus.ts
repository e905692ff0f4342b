import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, Expectation } from './cases.ts';

/**
 * Reads a folder's `index.tsv`: one document a row. Used are the columns `name`, `special`, `password` and `expect`.
 * @throws if a column is missing or an expectation is not understood: a corpus that is half read proves nothing
 */
export function casesOfCorpus(folder: string): readonly Case[] {
  const [header = '', ...rows] = readFileSync(join(folder, 'index.tsv'), 'utf8').trimEnd().split('\n');
  const columns = header.split('\t');
  const column = (name: string): number => {
    const index = columns.indexOf(name);
    if (index < 0) throw new Error(`${folder}/index.tsv has no column ${name}`);
    return index;
  };
  const [name, special, password, expect] = [column('name'), column('special'), column('password'), column('expect')];
  return rows.map((row) => {
    const fields = row.split('\t');
    return {
      name: fields[name] ?? '',
      path: join(folder, fields[name] ?? ''),
      passwords: passwordsOf(fields[password] ?? ''),
      profile: 'enhanced',
      expectation: expectationOf(fields[expect] ?? ''),
      special: fields[special] ?? '',
    };
  });
}

/** The same documents with the older profile; a few are enough, since only the signature differs. */
export function basicProfileCases(cases: readonly Case[], howMany: number): readonly Case[] {
  return cases
    .filter(({ expectation }) => expectation.must === 'sign' && expectation.orRefuse.length === 0)
    .slice(0, howMany)
    .map((each) => ({ ...each, profile: 'basic' }));
}

/** `user / owner`, `' ' (one space)`, `(empty)`, `needs private key`, or the password itself with `\uXXXX` escapes. */
export function passwordsOf(field: string): readonly string[] {
  if (field === '' || field === '(empty)' || field === 'needs private key') return [];
  const quoted = /^'(.*)' \(.*\)$/.exec(field);
  if (quoted !== null) return [quoted[1] ?? ''];
  return field
    .split(' / ')
    .map((each) => each.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))));
}

/** `sign`, `sign (password)`, `sign or refuse K0013`, `refuse K0017`. */
export function expectationOf(field: string): Expectation {
  if (field === 'sign') return { must: 'sign', orRefuse: [] };
  // An encryption that the reader does not know yet may be named as such; a wrong answer about it may not.
  if (field === 'sign (password)') return { must: 'sign', orRefuse: ['K0014', 'K0017'] };
  const either = /^sign or refuse (K\d{4})$/.exec(field)?.[1];
  if (either !== undefined) return { must: 'sign', orRefuse: [either] };
  const code = /^refuse (K\d{4})$/.exec(field)?.[1];
  if (code !== undefined) return { must: 'refuse', code };
  throw new Error(`expectation not understood: ${field}`);
}
