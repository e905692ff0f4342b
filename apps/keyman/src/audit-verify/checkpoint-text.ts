import type { CheckpointVerdict } from '@cinnabar/audit';

/** What checkpoints show, for people: one line that says it, then the problems. */
export function checkpointText(verdict: CheckpointVerdict): string {
  const { intact, checkpoints, lastTakenAt, absent, problems, problemCount } = verdict;
  const count = `${checkpoints} signed checkpoint${checkpoints === 1 ? '' : 's'}`;
  const extent = lastTakenAt === undefined ? count : `${count}, the last of ${lastTakenAt}`;
  const lines = [
    intact
      ? `The audit holds all that its checkpoints tell of: ${extent}.`
      : `The audit does NOT hold what its checkpoints tell of: ${problemCount} problem${problemCount === 1 ? '' : 's'}; ${extent}.`,
    ...problems.map(({ kind, detail }) => `  ${detail} [${kind}]`),
  ];
  if (problemCount > problems.length) lines.push(`  … and ${problemCount - problems.length} more.`);
  if (absent > 0) lines.push(`${absent} between them stand elsewhere: another node made them, or they were lost.`);
  return `${lines.join('\n')}\n`;
}
