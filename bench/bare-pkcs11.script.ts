/**
 * The ceiling: a bare asynchronous PKCS#11 loop on the token that the server uses, and nothing else.
 * A process of its own, steered over standard input: each line `seconds connections` is answered by a line of JSON.
 */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import pkcs11js from 'pkcs11js';
import { LatencyRecord } from './load/latency-record.ts';

const [modulePath = '', tokenLabel = '', pinPath = '', sessionsText = '8', rsaBits = '2048'] = process.argv.slice(2);
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

const lib = new pkcs11js.PKCS11();
lib.load(modulePath);
// Without CKF_OS_LOCKING_OK two signatures at once crash the process.
lib.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
const slot = lib.C_GetSlotList(true).find((each) => lib.C_GetTokenInfo(each).label.trim() === tokenLabel);
if (slot === undefined) throw new Error(`there is no token ${tokenLabel}`);
const openSession = () => lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
const owner = openSession();
lib.C_Login(owner, pkcs11js.CKU_USER, readFileSync(pinPath, 'utf8').trim());
const key = sessionKey();
const rooms = Array.from({ length: Number(sessionsText) }, () => ({
  session: openSession(),
  output: Buffer.alloc(512),
}));

/** An RSA key as a session object, as the server's unlocked keys are. */
function sessionKey(): Buffer {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: Number(rsaBits) });
  const jwk = privateKey.export({ format: 'jwk' });
  const part = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  return lib.C_CreateObject(owner, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_RSA },
    { type: pkcs11js.CKA_TOKEN, value: false },
    { type: pkcs11js.CKA_PRIVATE, value: true },
    { type: pkcs11js.CKA_SENSITIVE, value: true },
    { type: pkcs11js.CKA_SIGN, value: true },
    { type: pkcs11js.CKA_MODULUS, value: part(jwk.n) },
    { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: part(jwk.e) },
    { type: pkcs11js.CKA_PRIVATE_EXPONENT, value: part(jwk.d) },
    { type: pkcs11js.CKA_PRIME_1, value: part(jwk.p) },
    { type: pkcs11js.CKA_PRIME_2, value: part(jwk.q) },
    { type: pkcs11js.CKA_EXPONENT_1, value: part(jwk.dp) },
    { type: pkcs11js.CKA_EXPONENT_2, value: part(jwk.dq) },
    { type: pkcs11js.CKA_COEFFICIENT, value: part(jwk.qi) },
  ]);
}

/** `connections` callers, each with the next signature as soon as the last one is there; they share the sessions. */
async function loop(seconds: number, connections: number): Promise<LatencyRecord> {
  const record = new LatencyRecord();
  const idle = [...rooms];
  const waiting: ((room: (typeof rooms)[number]) => void)[] = [];
  const until = performance.now() + seconds * 1000;
  const caller = async () => {
    while (performance.now() < until) {
      const startedAt = performance.now();
      const input = Buffer.concat([SHA256_DIGEST_INFO, createHash('sha256').update(randomBytes(32)).digest()]);
      const room = idle.pop() ?? (await new Promise<(typeof rooms)[number]>((resolve) => waiting.push(resolve)));
      lib.C_SignInit(room.session, { mechanism: pkcs11js.CKM_RSA_PKCS }, key);
      await lib.C_SignAsync(room.session, input, room.output);
      const next = waiting.shift();
      if (next === undefined) idle.push(room);
      else next(room);
      record.add(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  return record;
}

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const [seconds = 0, connections = 0] = line.split(' ').map(Number);
  const record = await loop(seconds, connections);
  process.stdout.write(`${JSON.stringify(record.samples)}\n`);
}
lib.C_Finalize();
