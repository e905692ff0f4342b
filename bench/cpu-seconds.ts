import { readdirSync, readFileSync } from 'node:fs';

/** CLK_TCK: Linux counts CPU time in hundredths of a second wherever Node runs. */
const TICKS_PER_SECOND = 100;

/** CPU time of a process and of the children that it has seen end, all threads, user and system. */
export function cpuSeconds(pid: number): number {
  // utime, stime, cutime, cstime are fields 14 to 17 (proc(5)).
  const ticks = statFields(pid).slice(11, 15).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND;
}

/** CPU time of a PostgreSQL server: its first process and every one that it started. */
export function clusterCpuSeconds(postmasterPid: number): number {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && parentOf(pid) === postmasterPid);
  return children.reduce((sum, pid) => sum + secondsWhileThere(pid), cpuSeconds(postmasterPid));
}

/** A backend may end while it is looked at; what it took then counts among what its parent has seen end. */
function secondsWhileThere(pid: number): number {
  try {
    return cpuSeconds(pid);
  } catch {
    return 0;
  }
}

/** The fields after the program's name, which stands in brackets and may hold spaces: the first is field 3, the state. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(statFields(pid)[1]);
  } catch {
    return undefined;
  }
}
