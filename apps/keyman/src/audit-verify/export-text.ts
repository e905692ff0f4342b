import type { ExportVerdict } from '@cinnabar/audit';

/** What an export shows, for people: one line that says it, then the problems, the first bad line first. */
export function exportText(verdict: ExportVerdict, isKeyGiven: boolean): string {
  const { intact, header, sha256, records, chains, problems, problemCount } = verdict;
  const whole = chains.filter(({ unbroken }) => unbroken).length;
  const extent = `${records} records of ${chains.length} chains, ${whole} of them from their beginning without a gap`;
  const lines = [
    intact
      ? `The export is intact: ${extent}.`
      : `The export is NOT intact: ${problemCount} problem${problemCount === 1 ? '' : 's'}; ${extent}.`,
    ...problems.map(({ kind, detail }) => `  ${detail} [${kind}]`),
  ];
  if (problemCount > problems.length) lines.push(`  … and ${problemCount - problems.length} more.`);
  if (header !== undefined) lines.push(`Begun at ${header.exportedAt}; SHA-256 ${sha256 ?? 'unknown'}.`);
  if (!isKeyGiven && intact)
    lines.push(`The key was taken from the file itself (${header?.keyId ?? ''}): --key makes sure.`);
  return `${lines.join('\n')}\n`;
}
