import { loadCryptoki, type Cryptoki } from './cryptoki.ts';
import { withTimeout } from './with-timeout.ts';

interface UsedModule {
  count: number;
  readonly library: Cryptoki;
}

/**
 * Who in this process uses which PKCS#11 library. Cryptoki's state belongs to the process: only the last user may end
 * it (C_Finalize), and only a sole user may start it anew.
 */
const users = new Map<string, UsedModule>();
/** Libraries whose last user is ending them; whoever comes meanwhile would be cut off. */
const endings = new Map<string, Promise<void>>();
/** The last who asked for a turn with a library. */
const turns = new Map<string, Promise<void>>();

/**
 * Also keeps the library mapped whatever thread ends: sessions and objects are in its memory.
 * @throws CodedError `hsm-not-available` when its last user is still ending it after `timeoutMs`
 */
export async function enterModule(modulePath: string, timeoutMs: number): Promise<void> {
  for (let ending = endings.get(modulePath); ending !== undefined; ending = endings.get(modulePath)) {
    await withTimeout(ending, timeoutMs);
  }
  const module = users.get(modulePath) ?? { count: 0, library: loadCryptoki(modulePath) };
  module.count += 1;
  users.set(modulePath, module);
}

/**
 * For whatever initialises Cryptoki, one after the other: two threads in C_Initialize at once crash the process, or
 * leave it with a token list of neither (PKCS#11 leaves it undefined; SoftHSM 2.6 does both).
 */
export async function inTurn<T>(modulePath: string, call: () => Promise<T>): Promise<T> {
  const before = turns.get(modulePath) ?? Promise.resolve();
  const turn = before.then(call);
  const over = turn.then(
    () => undefined,
    () => undefined,
  );
  turns.set(modulePath, over);
  return turn;
}

/**
 * To be called when nothing of this user is in the library any more: a session that is being closed while another user
 * ends Cryptoki crashes the process. One that hangs in there never leaves, so that nobody ends it.
 * @param finalize ends Cryptoki, and is over when that is: not by a time limit; called for the last user only
 */
export async function leaveModule(modulePath: string, finalize: () => Promise<unknown>): Promise<void> {
  const module = users.get(modulePath);
  if (module === undefined) return;
  module.count -= 1;
  if (module.count > 0) return;
  users.delete(modulePath);
  const ending = finalize();
  endings.set(
    modulePath,
    ending
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => endings.delete(modulePath)),
  );
  await ending;
}

export function isSoleUser(modulePath: string): boolean {
  return (users.get(modulePath)?.count ?? 0) <= 1;
}
