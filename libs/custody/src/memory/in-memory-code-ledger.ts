import type { CodeLedger, CodeReservation, OneTimeCode } from '../codes/one-time-code.ts';

interface Entry {
  code: OneTimeCode;
  triesLeft: number;
  usesLeft: number;
}

/** Keeps one-time codes in memory. */
export class InMemoryCodeLedger implements CodeLedger {
  /** By slot and caller: the one live code of each. */
  readonly entries = new Map<string, Entry>();
  /** Tries granted so far, for tests that count evaluations. */
  granted = 0;

  put(code: OneTimeCode, tries: number): Promise<void> {
    this.entries.set(place(code.slotId, code.caller), { code, triesLeft: tries, usesLeft: code.count });
    return Promise.resolve();
  }

  async reserve(slotId: string, caller: string): Promise<CodeReservation> {
    const entry = this.entries.get(place(slotId, caller));
    if (entry === undefined || entry.triesLeft <= 0 || entry.usesLeft <= 0) return { granted: false };
    entry.triesLeft -= 1;
    this.granted += 1;
    const { code, triesLeft } = entry;
    // As a database would: the answer comes later than the commit.
    await Promise.resolve();
    return { granted: true, code, triesLeft };
  }

  cancel(codeId: string): Promise<void> {
    const entry = this.#find(codeId);
    if (entry !== undefined) entry.triesLeft += 1;
    return Promise.resolve();
  }

  use(codeId: string): Promise<boolean> {
    const entry = this.#find(codeId);
    if (entry === undefined) return Promise.resolve(false);
    entry.triesLeft += 1;
    if (entry.usesLeft <= 0) return Promise.resolve(false);
    entry.usesLeft -= 1;
    return Promise.resolve(true);
  }

  #find(codeId: string): Entry | undefined {
    return [...this.entries.values()].find(({ code }) => code.codeId === codeId);
  }
}

function place(slotId: string, caller: string): string {
  return `${slotId} ${caller}`;
}
