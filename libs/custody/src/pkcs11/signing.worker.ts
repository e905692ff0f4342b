import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import pkcs11js from 'pkcs11js';
import { asBuffer, ckrOf, loadCryptoki, type Handle } from './cryptoki.ts';
import type { SigningCall } from './signing-thread.ts';
import { giveWay } from '../threads/give-way.ts';
import type { ThreadAnswer } from '../threads/thread.ts';
import { failureOf } from './thread-failure.ts';

// C_SignInit is synchronous in pkcs11js whatever follows it, and SoftHSM reads the whole key there: a third of a
// signature's time. Here it costs the main thread nothing, and C_Sign after it needs no second change of threads.
// Sessions, login and objects are the process's, so what the token thread opened serves here too.

/** A signature of RSA-4096 has 512 octets. */
const output = Buffer.alloc(512);
const cryptoki = loadCryptoki((workerData as { readonly modulePath: string }).modulePath);

function sign({ session, key, mechanism, input }: SigningCall): Uint8Array<ArrayBuffer> {
  cryptoki.C_SignInit(asBuffer(session), mechanism, asBuffer(key));
  return new Uint8Array(cryptoki.C_Sign(asBuffer(session), asBuffer(input), output));
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

type NumberedCall = SigningCall & { readonly id: number };

function answerTo(call: NumberedCall): ThreadAnswer {
  const { id, signature } = call;
  try {
    return { id, result: signature === undefined ? sign(call) : verify(call, signature) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}

/**
 * How long a finished signature may wait for the next one, so that both go back together: to wake the main thread costs
 * a tenth of a signature by software. One that takes as long as that, or longer as a network HSM's, goes at once.
 */
const COMPANY_MS = 1;

function work(port: MessagePort, first: readonly NumberedCall[]): void {
  let answers: ThreadAnswer[] = [];
  let sinceMs = performance.now();
  for (let calls: readonly NumberedCall[] | undefined = first; calls !== undefined; calls = nextFor(port)) {
    for (const call of calls) {
      answers.push(answerTo(call));
      const nowMs = performance.now();
      if (nowMs - sinceMs < COMPANY_MS) continue;
      port.postMessage(answers);
      answers = [];
      sinceMs = nowMs;
    }
  }
  if (answers.length > 0) port.postMessage(answers);
}

/** What lies there already, without a turn of the event loop. */
function nextFor(port: MessagePort): readonly NumberedCall[] | undefined {
  const received = receiveMessageOnPort(port) as { readonly message: readonly NumberedCall[] } | undefined;
  return received?.message;
}

giveWay();
const port = parentPort;
if (port === null) throw new Error('a thread, not a program');
port.on('message', (calls: readonly NumberedCall[]) => work(port, calls));
