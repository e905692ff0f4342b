import { CodedError } from '@cinnabar/core';
import type { ExportRange } from '@cinnabar/audit';

export interface RangeOptions {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly orga?: string | undefined;
  readonly chain?: string | undefined;
}

const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * What the options ask for. A day counts whole, in UTC, at both ends; a moment is where the range begins or ends.
 * @throws CodedError `invalid-parameter` with a sentence
 */
export function exportRange({ from, to, orga, chain }: RangeOptions): ExportRange {
  if (chain !== undefined && !/^[1-9]\d{0,17}$/.test(chain)) throw wrong(`--chain "${chain}" is not a chain's number.`);
  if (orga === '') throw wrong('--orga is empty.');
  const range = {
    from: from === undefined ? null : startOf('--from', from).toISOString(),
    before: to === undefined ? null : endOf('--to', to).toISOString(),
    orga: orga ?? null,
    chain: chain ?? null,
  };
  if (range.from !== null && range.before !== null && range.from >= range.before) {
    throw wrong('--to is before --from.');
  }
  return range;
}

/** In words, for a record and for people. */
export function rangeText({ from, before, orga, chain }: ExportRange): string {
  const parts = [
    from === null ? undefined : `from ${from}`,
    before === null ? undefined : `before ${before}`,
    orga === null ? undefined : `organisation ${orga}`,
    chain === null ? undefined : `chain ${chain}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'all records' : parts.join(', ');
}

function startOf(option: string, text: string): Date {
  const time = DAY.test(text) || MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw wrong(`${option} "${text}" is not a date: write 2026-01-31 or 2026-01-31T12:00:00Z.`);
  return new Date(time);
}

function endOf(option: string, text: string): Date {
  const start = startOf(option, text);
  return DAY.test(text) ? new Date(start.getTime() + DAY_MS) : start;
}

function wrong(sentence: string): CodedError {
  return new CodedError('invalid-parameter', sentence);
}
