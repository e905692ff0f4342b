import type { SealItem } from './seal-item.ts';

export interface DistinctGuards<Guard> {
  readonly guards: readonly Guard[];
  /** By the guard's ordinal. */
  readonly itemsOf: readonly (readonly SealItem[])[];
}

/** A batch's guards, each object once: signatures of one key in one session bring the same, and it is checked once for all. */
export function distinctGuards<Guard extends object>(
  items: readonly SealItem[],
  guardsOf: (item: SealItem) => readonly Guard[],
): DistinctGuards<Guard> {
  const byGuard = new Map<Guard, SealItem[]>();
  for (const item of items) {
    for (const guard of guardsOf(item)) {
      const bringers = byGuard.get(guard);
      if (bringers === undefined) byGuard.set(guard, [item]);
      else bringers.push(item);
    }
  }
  return { guards: [...byGuard.keys()], itemsOf: [...byGuard.values()] };
}
