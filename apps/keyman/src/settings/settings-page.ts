import { settingsTable } from '@cinnabar/config';
import { SECTIONS } from './declarations.ts';

const INTRODUCTION = `# Settings
keyman reads its settings from the environment when it starts. What is wrong is told all at once, a sentence each, and stops the start.
A secret may be given as a file: \`X_FILE\` names it in place of \`X\`. An empty variable counts as unset.

This page is made from the declarations in \`apps/keyman/src/settings\` (\`npm run settings-page\`).
`;

/** The text of docs/settings.md. */
export function settingsPage(): string {
  const sections = Object.entries(SECTIONS).map(([title, declared]) => `## ${title}\n${settingsTable(declared)}\n`);
  return [INTRODUCTION, ...sections].join('\n');
}
