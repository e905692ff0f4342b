import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The repository's root. */
export const ROOT = join(import.meta.dirname, '..', '..');
/** Where `install` puts the judges. */
const JUDGES_HOME = join(ROOT, 'var', 'conformance');

export const DSS_CLASSPATH = `${join(JUDGES_HOME, 'dss', 'classes')}:${join(JUDGES_HOME, 'dss', 'lib')}/*`;
export const VERAPDF_CLASSPATH = `${join(JUDGES_HOME, 'verapdf', 'lib')}/*`;
export const PYHANKO_PYTHON = join(JUDGES_HOME, 'venv', 'bin', 'python');
export const PYHANKO_JUDGE = join(import.meta.dirname, 'pyhanko', 'judge.py');

/** The documents made elsewhere; not a part of the repository. */
export const CORPUS = join(ROOT, '..', 'shared', 'corpus', 'pdf-sign');

export function corpusIsThere(folder: string): boolean {
  return existsSync(join(folder, 'index.tsv'));
}
