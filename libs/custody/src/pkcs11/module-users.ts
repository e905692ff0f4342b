/**
 * Who in this process uses which PKCS#11 library. Cryptoki's state belongs to the process: only the last user may end
 * it (C_Finalize), and only a sole user may start it anew.
 */
const users = new Map<string, number>();

export function enterModule(modulePath: string): void {
  users.set(modulePath, (users.get(modulePath) ?? 0) + 1);
}

/** Was this the last user? */
export function leaveModule(modulePath: string): boolean {
  const left = (users.get(modulePath) ?? 1) - 1;
  if (left > 0) users.set(modulePath, left);
  else users.delete(modulePath);
  return left <= 0;
}

export function isSoleUser(modulePath: string): boolean {
  return (users.get(modulePath) ?? 0) <= 1;
}
