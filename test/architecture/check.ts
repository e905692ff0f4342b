/**
 * Prints every breach of the layer table and of the rules of the house; exit code 1 if there is one.
 * Judges the repository in the current folder, or in the folder that is named.
 */
import { chdir, cwd, argv, exit } from 'node:process';
import { breaches } from './dependencies.ts';
import { houseFindings } from './house-rules.ts';

const [, , root = cwd()] = argv;
chdir(root);

const found = await breaches();
const findings = houseFindings(root);
for (const { rule, from, to, why } of found) console.log(`${rule}: ${from} → ${to}\n    ${why}`);
for (const { rule, file, why } of findings) console.log(`${rule}: ${file}\n    ${why}`);
console.log(
  found.length + findings.length === 0
    ? 'architecture: every import keeps the layer table, every file the rules of the house'
    : `architecture: ${found.length} imports and ${findings.length} files to mend`,
);
exit(found.length + findings.length === 0 ? 0 : 1);
