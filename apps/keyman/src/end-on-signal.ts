import type { Logger } from '@nestjs/common';

/** Longest that requests under way may take after the first signal; a second signal does not wait. */
const LIMIT_MS = 30_000;

export interface Running {
  /** Lets what is under way finish, then closes everything in order. */
  close(): Promise<void>;
}

/**
 * Ends the program in order at Ctrl-C or SIGTERM, also while it is still starting: what was opened by then is closed,
 * so that no database is left running. A second signal ends at once.
 */
export function endOnSignal(starting: Promise<Running>, log: Logger): void {
  let ending = false;
  const end = (signal: NodeJS.Signals) => {
    if (ending) process.exit(130);
    ending = true;
    log.log(`${signal}: finishing what is under way`);
    setTimeout(() => process.exit(1), LIMIT_MS).unref();
    void endInOrder(starting, log);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

async function endInOrder(starting: Promise<Running>, log: Logger): Promise<void> {
  try {
    await (await starting).close();
    log.log('stopped');
    process.exit(process.exitCode ?? 0);
  } catch (error) {
    log.error(`stopping failed: ${error instanceof Error ? error.name : 'unknown error'}`);
    process.exit(1);
  }
}
