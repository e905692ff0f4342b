import type { Random } from '@cinnabar/core';

const BYTES = 16;
const GROUP = /.{4}(?=.)/g;

/** 128 random bits as 32 hexadecimal digits: nothing that could be guessed, and nothing that could be misread. */
export function newActivationCode(random: Random): string {
  return Buffer.from(random.bytes(BYTES)).toString('hex');
}

/** As a person reads and types it: in groups of four. */
export function groupedCode(code: string): string {
  return code.replace(GROUP, '$&-');
}

/** As it was made, of whatever a person typed: groups and case do not count. */
export function readActivationCode(typed: string): string {
  return typed.replace(/[\s-]/g, '').toLowerCase();
}
