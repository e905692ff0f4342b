import { readFileSync } from 'node:fs';

/** The most that a process ever had in memory, all threads together, as Linux counts it. */
export function peakResidentBytes(pid: number): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}
