import { parentPort, workerData } from 'node:worker_threads';
import pkcs11js from 'pkcs11js';
import { asBuffer, ckrOf, loadCryptoki, type Handle } from './cryptoki.ts';
import type { SigningCall } from './signing-thread.ts';
import { failureOf } from './thread-failure.ts';

// C_SignInit is synchronous in pkcs11js whatever follows it, and SoftHSM reads the whole key there: a third of a
// signature's time. Here it costs the main thread nothing, and C_Sign after it needs no second change of threads.
// Sessions, login and objects are the process's, so what the token thread opened serves here too.

/** A signature of RSA-4096 has 512 octets. */
const output = Buffer.alloc(512);
const cryptoki = loadCryptoki((workerData as { readonly modulePath: string }).modulePath);

function sign({ session, key, mechanism, input }: SigningCall): Uint8Array<ArrayBuffer> {
  cryptoki.C_SignInit(asBuffer(session), mechanism, asBuffer(key));
  return Uint8Array.from(cryptoki.C_Sign(asBuffer(session), asBuffer(input), output));
}

function verify({ session, key, mechanism, input }: SigningCall, signature: Handle): boolean {
  cryptoki.C_VerifyInit(asBuffer(session), mechanism, asBuffer(key));
  try {
    return cryptoki.C_Verify(asBuffer(session), asBuffer(input), asBuffer(signature));
  } catch (error) {
    const ckr = ckrOf(error);
    if (ckr === pkcs11js.CKR_SIGNATURE_INVALID || ckr === pkcs11js.CKR_SIGNATURE_LEN_RANGE) return false;
    throw error;
  }
}

parentPort?.on('message', (calls: readonly (SigningCall & { readonly id: number })[]) => {
  for (const call of calls) {
    const { id, signature } = call;
    try {
      parentPort?.postMessage({ id, result: signature === undefined ? sign(call) : verify(call, signature) });
    } catch (error) {
      parentPort?.postMessage({ id, failure: failureOf(error) });
    }
  }
});
