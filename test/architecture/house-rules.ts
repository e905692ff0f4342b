import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One file that does not keep a rule of the house. */
export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly why: string;
}

const LONGEST_README_LINES = 40;
const LONGEST_FILE_LINES = 400;
/** Names under which anything could hide. */
const BANNED_WORDS = new Set('common shared util utils helper helpers misc manager data info base generic'.split(' '));
/** Words of a standard or of a library are kept as it writes them, even where a part of them is banned. */
const STANDARD_TERMS = [
  'authenticated-data',
  'data-source', // TypeORM's DataSource
  'digest-info',
  'encrypted-data',
  'encrypted-private-key-info',
  'enveloped-data',
  'private-key-info',
  'signed-data',
  'signer-info',
  'subject-public-key-info',
  'tst-info',
];
const OURS = /^(apps|libs|prisma-less-migrations|softhsm|test|bench|bin|\.ci|docs)\//;
/** A folder that exists on somebody's machine only. */
const MACHINE_PATH = new RegExp(['/work/\\w', '/root/\\w', '/home/[a-z]', '/Users/[A-Za-z]', 'C:\\\\Users'].join('|'));
const BINARY = /\.(pdf|p12|pfx|der|png|jpg|p7s|bin|jar)$/;
/** Apps read a version from the address only where it enters. */
const VERSION_OUTSIDE_FRONTS = /(^|\/)[^/]*\bv[123]\b[^/]*$/;

/** All files that git knows or would take, relative to `root`; without git, all that is there. */
export function sourceFiles(root: string): readonly string[] {
  const listed = existsSync(join(root, '.git'))
    ? execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).split('\n')
    : readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
        (file) => !/(^|\/)(node_modules|dist|var)\//.test(file),
      );
  return listed
    .filter((file) => OURS.test(file) && (statSync(join(root, file), { throwIfNoEntry: false })?.isFile() ?? false))
    .sort();
}

/** Judges names, lengths and contents of the files in `root`. */
export function houseFindings(root: string): readonly Finding[] {
  const files = sourceFiles(root);
  return [
    ...libraryFindings(root),
    ...files.flatMap((file) => [...nameFindings(file), ...contentFindings(root, file)]),
  ];
}

function libraryFindings(root: string): Finding[] {
  return readdirSync(join(root, 'libs')).flatMap((library) => {
    const readme = `libs/${library}/README.md`;
    const index = `libs/${library}/src/index.ts`;
    const findings: Finding[] = [];
    if (!existsSync(join(root, readme))) {
      findings.push({
        rule: 'readme',
        file: readme,
        why: 'every library has a README: owns, does not own, one example',
      });
    } else if (lineCount(readFileSync(join(root, readme), 'utf8')) > LONGEST_README_LINES) {
      findings.push({ rule: 'readme', file: readme, why: `longer than ${LONGEST_README_LINES} lines` });
    }
    if (!existsSync(join(root, index))) {
      findings.push({ rule: 'index', file: index, why: 'every library has one index.ts' });
    } else if (/^export\s+(type\s+)?\*/m.test(readFileSync(join(root, index), 'utf8'))) {
      findings.push({ rule: 'index', file: index, why: 'public names are listed one by one' });
    }
    return findings;
  });
}

function nameFindings(file: string): Finding[] {
  const findings: Finding[] = [];
  for (const part of file.split('/')) {
    const plain = STANDARD_TERMS.reduce((rest, term) => rest.replace(term, ''), part);
    const banned = plain.split(/[-.]/).find((word) => BANNED_WORDS.has(word));
    if (banned !== undefined) {
      findings.push({ rule: 'name', file, why: `"${banned}" says nothing: name the one idea the file holds` });
    }
  }
  if (/\.ts$/.test(file) && !/^[a-z0-9.-]+$/.test(basename(file))) {
    findings.push({ rule: 'name', file, why: 'file names are kebab-case' });
  }
  if (/^(apps|libs)\/.*\.ts$/.test(file) && !file.includes('/fronts/') && VERSION_OUTSIDE_FRONTS.test(file)) {
    findings.push({ rule: 'name', file, why: 'a version of the API is a matter of fronts' });
  }
  return findings;
}

function contentFindings(root: string, file: string): Finding[] {
  if (BINARY.test(file) || file.startsWith('test/vectors/')) return [];
  const text = readFileSync(join(root, file), 'utf8');
  const findings: Finding[] = [];
  if (/\.(ts|js|java|py)$/.test(file) && lineCount(text) > LONGEST_FILE_LINES) {
    findings.push({ rule: 'length', file, why: `longer than ${LONGEST_FILE_LINES} lines: one idea each` });
  }
  // This folder names the patterns that it looks for.
  if (!file.startsWith('test/architecture/')) {
    const line = text.split('\n').findIndex((content) => MACHINE_PATH.test(content));
    if (line >= 0) findings.push({ rule: 'machine-path', file: `${file}:${line + 1}`, why: 'a folder of one machine' });
  }
  return findings;
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
