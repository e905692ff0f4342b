import { parentPort } from 'node:worker_threads';
import { CodedError } from '@cinnabar/core';
import type { ThreadFailureRecord } from '../threads/thread.ts';
import { ckrOf, loadCryptoki } from './cryptoki.ts';
import { createMissingRootKeys, createNextKek } from './root-keys.ts';
import type { TokenCallName, TokenCalls } from './token-calls.ts';
import { TokenService } from './token-service.ts';
import { finalizeCryptoki, TokenSessions } from './token-sessions.ts';

// pkcs11js opens sessions, logs in, searches, wraps and unwraps synchronously (its asynchronous forms of wrap and unwrap
// leak their templates), so all that has a thread of its own. Signatures alone are made from the main thread.

let service: TokenService | undefined;
let vaultSessions = 0;
let modulePath: string | undefined;

type Handlers = { [Name in TokenCallName]: (request: TokenCalls[Name]['request']) => TokenCalls[Name]['response'] };

const handlers: Handlers = {
  open: (request) => {
    service?.close();
    if (service !== undefined) vaultSessions = service.vaultSessions;
    service = undefined;
    modulePath = request.modulePath;
    service = new TokenService(request, vaultSessions);
    return service.openSigningSessions(request.sessions);
  },
  createRootKeys: ({ what, ...address }) => {
    modulePath = address.modulePath;
    const sessions = new TokenSessions(address);
    try {
      const { cryptoki, service: session } = sessions;
      return what === 'missing' ? createMissingRootKeys(cryptoki, session) : [createNextKek(cryptoki, session)];
    } finally {
      sessions.closeAll();
    }
  },
  hmac: (request) => opened().hmac(request),
  wrap: ({ parts }) => opened().wrap(parts),
  unwrap: (request) => opened().unwrap(request),
  importPublicKey: (request) => opened().importPublicKey(request),
  destroy: ({ handles }) => opened().destroy(handles),
  replaceVaultSession: () => opened().replaceVaultSession(),
  renewSession: ({ session }) => opened().renewSession(session),
  probe: () => opened().probe(),
  close: ({ finalize }) => {
    service?.close();
    service = undefined;
    if (finalize && modulePath !== undefined) finalizeCryptoki(loadCryptoki(modulePath));
    return undefined;
  },
};

function opened(): TokenService {
  if (service === undefined) throw new CodedError('hsm-not-available', 'the HSM is not available');
  return service;
}

/** An error as text and number only. A CodedError's sentence is ours and carries no secret, as is the CKR name. */
function failureOf(error: unknown): ThreadFailureRecord {
  const inner = CodedError.is(error) ? error.cause : error;
  const code = ckrOf(inner);
  const name = inner instanceof Error ? inner.message : '';
  const message = CodedError.is(error) ? [error.message, name].filter(Boolean).join(': ') : name;
  return code === undefined ? { message } : { message, code };
}

type Call = { [Name in TokenCallName]: { name: Name; request: TokenCalls[Name]['request'] } }[TokenCallName];

function answer<Name extends TokenCallName>(name: Name, request: TokenCalls[Name]['request']): unknown {
  return handlers[name](request);
}

parentPort?.on('message', ({ id, name, request }: Call & { readonly id: number }) => {
  try {
    const result = answer(name, request);
    parentPort?.postMessage({ id, result }, result instanceof Uint8Array ? [result.buffer as ArrayBuffer] : []);
  } catch (error) {
    parentPort?.postMessage({ id, failure: failureOf(error) });
  }
});
