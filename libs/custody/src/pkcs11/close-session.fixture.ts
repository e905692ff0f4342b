import pkcs11js from 'pkcs11js';

/** Closes a session behind custody's back, by its place in the order of opening. */
export function closeSession(modulePath: string, place: number): void {
  const cryptoki = new pkcs11js.PKCS11();
  cryptoki.load(modulePath);
  const open: Buffer[] = [];
  // SoftHSM numbers sessions and objects upwards from 1.
  for (let number = 1; number < 5_000; number += 1) {
    const handle = Buffer.alloc(8);
    handle.writeBigUInt64LE(BigInt(number));
    if (isSession(cryptoki, handle)) open.push(handle);
  }
  const session = open.at(place);
  if (session !== undefined) cryptoki.C_CloseSession(session);
}

function isSession(cryptoki: InstanceType<typeof pkcs11js.PKCS11>, handle: Buffer): boolean {
  try {
    cryptoki.C_GetSessionInfo(handle);
    return true;
  } catch {
    return false;
  }
}
