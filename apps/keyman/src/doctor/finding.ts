/** `warn`: it runs, and somebody should know. `fail`: it does not run, or not safely. */
export type Level = 'ok' | 'warn' | 'fail';

/** One line of the doctor's. No secret stands in it. */
export interface Finding {
  readonly level: Level;
  readonly what: string;
  readonly detail: string;
}

/** Runs a check; one that cannot be made is a failure of what it looks at. */
export async function finding(what: string, check: () => Promise<Omit<Finding, 'what'>>): Promise<Finding> {
  try {
    return { what, ...(await check()) };
  } catch (error) {
    return { what, level: 'fail', detail: error instanceof Error ? error.message : 'unknown error' };
  }
}

export const ok = (detail: string) => ({ level: 'ok', detail }) as const;
export const warn = (detail: string) => ({ level: 'warn', detail }) as const;
export const fail = (detail: string) => ({ level: 'fail', detail }) as const;
