import { workerData } from 'node:worker_threads';
import pkcs11js from 'pkcs11js';
import { CallBoard } from '../threads/call-board.ts';
import { giveWay } from '../threads/give-way.ts';
import { asBuffer, ckrOf, loadCryptoki } from './cryptoki.ts';
import { callOf, octetsOfFailure, type SigningCall } from './signing-call.ts';
import type { SigningThreadData } from './signing-threads.ts';
import { failureOf } from './thread-failure.ts';

// C_SignInit is synchronous in pkcs11js whatever follows it, and SoftHSM reads the whole key there: a third of a
// signature's time. Here it costs the main thread nothing, and C_Sign after it needs no second change of threads.
// Sessions, login and objects are the process's, so what the token thread opened serves here too.

/** A signature of RSA-4096 has 512 octets. */
const output = Buffer.alloc(512);
const { modulePath, board: shared } = workerData as SigningThreadData;
const cryptoki = loadCryptoki(modulePath);

function mechanismOf({ mechanism, pss }: SigningCall): Parameters<typeof cryptoki.C_SignInit>[1] {
  if (pss === undefined) return { mechanism };
  return { mechanism, parameter: { type: pkcs11js.CK_PARAMS_RSA_PSS, ...pss } };
}

function sign(call: SigningCall): Uint8Array {
  const session = asBuffer(call.session);
  cryptoki.C_SignInit(session, mechanismOf(call), asBuffer(call.key));
  return cryptoki.C_Sign(session, asBuffer(call.input), output);
}

function verify(call: SigningCall, signature: Uint8Array): boolean {
  const session = asBuffer(call.session);
  cryptoki.C_VerifyInit(session, mechanismOf(call), asBuffer(call.key));
  try {
    return cryptoki.C_Verify(session, asBuffer(call.input), asBuffer(signature));
  } catch (error) {
    const ckr = ckrOf(error);
    if (ckr === pkcs11js.CKR_SIGNATURE_INVALID || ckr === pkcs11js.CKR_SIGNATURE_LEN_RANGE) return false;
    throw error;
  }
}

function answerTo(call: SigningCall): Uint8Array {
  return call.signature === undefined ? sign(call) : Uint8Array.of(Number(verify(call, call.signature)));
}

giveWay();
const board = new CallBoard(shared);
// Until whoever started the thread ends it: it has nothing else to do, and needs no event loop.
for (;;) {
  const place = board.take();
  try {
    board.finish(place, answerTo(callOf(board.requestAt(place))), false);
  } catch (error) {
    board.finish(place, octetsOfFailure(failureOf(error)), true);
  }
}
