import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CORPUS } from './places.ts';

export const USAGE = `Usage: bin/conformance [--folder FOLDER] [--only GLOB] [--json FILE] [--keep FOLDER]
Signs documents with a keyman of its own and has the results judged by programs that are not ours:
EU DSS, pyHanko, pdfsig, openssl, qpdf, veraPDF. Installs them where they are missing.
  --folder FOLDER  documents with an index.tsv (default: ../shared/corpus/pdf-sign; without it, a few made on the spot)
  --only GLOB      only documents whose name matches, e.g. 'vera-*'
  --json FILE      also write everything that was found, for a program
  --keep FOLDER    keep the signed documents there
Exit code: 0 if every document passed, 1 if one failed, 2 if the run itself failed.
The last line counts the documents: N passed, N failed, N skipped.`;

export interface Options {
  readonly folder: string;
  readonly only: string;
  readonly json: string | undefined;
  readonly keep: string | undefined;
  readonly help: boolean;
}

/** @throws TypeError on an unknown option */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      folder: { type: 'string' },
      only: { type: 'string', default: '*' },
      json: { type: 'string' },
      keep: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const path = (value: string | undefined): string | undefined => (value === undefined ? undefined : resolve(value));
  return {
    folder: path(values.folder) ?? CORPUS,
    only: values.only,
    json: path(values.json),
    keep: path(values.keep),
    help: values.help,
  };
}

/** `*` stands for any characters, `?` for one. */
export function globMatcher(glob: string): (name: string) => boolean {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${pattern}$`);
  return (name) => expression.test(name);
}
