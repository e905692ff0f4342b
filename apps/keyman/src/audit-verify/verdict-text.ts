import type { AuditVerdict } from '@cinnabar/audit';

/** The verdict for people: one line that says it, then the problems, the first bad record first. */
export function verdictText(verdict: AuditVerdict): string {
  const { intact, chains, removed, links, waiting, problems, problemCount } = verdict;
  const extent = `${counted(chains, 'chain')}, ${counted(links, 'link')}`;
  const lines = [
    intact
      ? `The audit is intact: ${extent}.`
      : `The audit is NOT intact: ${counted(problemCount, 'problem')} in ${extent}.`,
    ...problems.map(({ kind, detail }) => `  ${detail} [${kind}]`),
  ];
  if (problemCount > problems.length) lines.push(`  … and ${problemCount - problems.length} more.`);
  if (removed > 0) lines.push(`${counted(removed, 'chain')} removed under retention, as signed tombstones say.`);
  if (waiting > 0) {
    lines.push(`${counted(waiting, 'record')} not linked yet: a running keyman, or its next start, does that.`);
  }
  return `${lines.join('\n')}\n`;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
