import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';

/**
 * How far a thread that only computes steps back: it gets a quarter of a processor that somebody else could use all the
 * time, and all of one that nobody else wants.
 */
const NICENESS = 5;

/**
 * Lets other threads of the machine go before this one: what answers and what writes the audit needs a moment now and
 * then, and whoever computes would make it wait for the end of his share. Only Linux gives threads priorities of their
 * own; elsewhere nothing is changed.
 */
export function giveWay(): void {
  try {
    // "PID/task/TID"; to the kernel a thread's number is as good as a process's.
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), NICENESS);
  } catch {
    // A courtesy, not a condition.
  }
}
