import { loadCryptoki, type Cryptoki } from './cryptoki.ts';

/**
 * Who in this process uses which PKCS#11 library. Cryptoki's state belongs to the process: only the last user may end
 * it (C_Finalize), and only a sole user may start it anew.
 */
const users = new Map<string, { count: number; readonly library: Cryptoki }>();

/** Also keeps the library mapped whatever thread ends: sessions and objects are in its memory. */
export function enterModule(modulePath: string): void {
  const module = users.get(modulePath) ?? { count: 0, library: loadCryptoki(modulePath) };
  module.count += 1;
  users.set(modulePath, module);
}

/** Was this the last user? */
export function leaveModule(modulePath: string): boolean {
  const module = users.get(modulePath);
  if (module !== undefined) module.count -= 1;
  if (module !== undefined && module.count > 0) return false;
  users.delete(modulePath);
  return true;
}

export function isSoleUser(modulePath: string): boolean {
  return (users.get(modulePath)?.count ?? 0) <= 1;
}
