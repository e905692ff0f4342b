/**
 * Reads what Jest wrote with `--json --outputFile` and prints, after all else, every test that was skipped and the
 * closing line that people and programs look for: `N passed, N failed` (`, N skipped`).
 * Usage: node test/reporting/closing-line.ts RESULTS.json
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { argv, cwd, exit } from 'node:process';

interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** Files that could not even be loaded: none of their tests ran, so each counts as one that failed. */
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const [, , path = ''] = argv;
const results = JSON.parse(readFileSync(path, 'utf8')) as JestResults;
const skipped = results.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status === 'pending' || status === 'skipped' || status === 'todo')
    .map(({ fullName }) => `${fullName} (${relative(cwd(), name)})`),
);
const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;

if (skipped.length > 0) console.log('');
for (const test of skipped) console.log(`SKIPPED: ${test}`);
const counts = [`${results.numPassedTests} passed`, `${failed} failed`];
if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
console.log(`\n${counts.join(', ')}`);
exit(failed === 0 ? 0 : 1);
