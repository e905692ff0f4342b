import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CORPUS } from './places.ts';

export const USAGE = `Usage: bin/conformance [--folder FOLDER] [--only GLOB] [--json FILE] [--keep FOLDER]
Signs documents with a keyman of its own and has the results judged by programs that are not ours:
EU DSS, pyHanko, pdfsig, openssl, qpdf, veraPDF; has clients that are not ours (WCF, zeep, PHP, gSOAP, curl) and the samples
of docs/clients use it over http and https. Installs all of them where they are missing.
  --part PART      documents or clients (default: both)
  --folder FOLDER  documents with an index.tsv (default: ../shared/corpus/pdf-sign; without it, a few made on the spot)
  --only GLOB      only documents whose name matches, e.g. 'vera-*'
  --json FILE      also write everything that was found, for a program
  --keep FOLDER    keep the signed documents there
Exit code: 0 if every document and every step of a client passed, 1 if one failed, 2 if the run itself failed.
The last line counts documents and steps: N passed, N failed, N skipped.`;

export interface Options {
  readonly part: 'documents' | 'clients' | 'both';
  readonly folder: string;
  readonly only: string;
  readonly json: string | undefined;
  readonly keep: string | undefined;
  readonly help: boolean;
}

/** @throws TypeError on an unknown option or part */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      part: { type: 'string', default: 'both' },
      folder: { type: 'string' },
      only: { type: 'string', default: '*' },
      json: { type: 'string' },
      keep: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const path = (value: string | undefined): string | undefined => (value === undefined ? undefined : resolve(value));
  const { part } = values;
  if (part !== 'documents' && part !== 'clients' && part !== 'both')
    throw new TypeError('--part is documents, clients or both');
  return {
    part,
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
