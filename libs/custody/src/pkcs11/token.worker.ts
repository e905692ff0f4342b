import { parentPort } from 'node:worker_threads';
import { CodedError } from '@cinnabar/core';
import { hasAuditKey, provideAuditKey, signWithAuditKey } from './audit-key.ts';
import { loadCryptoki } from './cryptoki.ts';
import { describeRootKeys } from './root-key-checks.ts';
import { createMissingRootKeys, createNextRootKey, destroyRootKey } from './root-keys.ts';
import { failureOf } from './thread-failure.ts';
import type { TokenAddress, TokenCallName, TokenCalls } from './token-calls.ts';
import { TokenService } from './token-service.ts';
import { finalizeCryptoki, TokenSessions } from './token-sessions.ts';
import { tryReadableUnwrap } from './unwrap-trial.ts';

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
  createMissingRootKeys: (address) =>
    withSessions(address, ({ cryptoki, service: session }) => createMissingRootKeys(cryptoki, session)),
  createNextRootKey: ({ kind, above, ...address }) =>
    withSessions(address, ({ cryptoki, service: session }) => createNextRootKey(cryptoki, session, kind, above)),
  listRootKeys: ({ wrappingMechanism, ...address }) =>
    withSessions(address, ({ cryptoki, service }) => describeRootKeys(cryptoki, service, wrappingMechanism)),
  destroyRootKey: ({ kind, version, ...address }) =>
    withSessions(address, ({ cryptoki, service: session }) => destroyRootKey(cryptoki, session, kind, version)),
  tryReadableUnwrap: ({ wrappingMechanism, ...address }) =>
    withSessions(address, ({ cryptoki, service }) => tryReadableUnwrap(cryptoki, service, wrappingMechanism)),
  hasAuditKey: (address) => withSessions(address, ({ cryptoki, service: session }) => hasAuditKey(cryptoki, session)),
  provideAuditKey: (address) =>
    withSessions(address, ({ cryptoki, service: session }) => provideAuditKey(cryptoki, session)),
  signAuditAt: ({ message, ...address }) =>
    withSessions(address, ({ cryptoki, service: session }) => signWithAuditKey(cryptoki, session, message)),
  refreshRootKeys: () => opened().refreshRootKeys(),
  hmac: (request) => opened().hmac(request),
  wrap: ({ parts }) => opened().wrap(parts),
  wrapGenerated: ({ privateKey }) => opened().wrapGenerated(privateKey),
  rewrap: (request) => opened().rewrap(request),
  unwrap: (request) => opened().unwrap(request),
  importPublicKey: (request) => opened().importPublicKey(request),
  destroy: ({ handles }) => opened().destroy(handles),
  replaceVaultSession: () => opened().replaceVaultSession(),
  renewSession: ({ session }) => opened().renewSession(session),
  signAudit: ({ message }) => opened().signAudit(message),
  probe: () => opened().probe(),
  close: ({ finalize }) => {
    service?.close();
    service = undefined;
    if (finalize && modulePath !== undefined) finalizeCryptoki(loadCryptoki(modulePath));
    return undefined;
  },
};

/** For what is done to a token that no custody of this thread has open. */
function withSessions<T>(address: TokenAddress, use: (sessions: TokenSessions) => T): T {
  modulePath = address.modulePath;
  const sessions = new TokenSessions(address);
  try {
    return use(sessions);
  } finally {
    sessions.closeAll();
  }
}

function opened(): TokenService {
  if (service === undefined) throw new CodedError('hsm-not-available', 'the HSM is not available');
  return service;
}

/** What must move to the other thread rather than be copied, so that nothing stays behind here. */
function secretBuffersOf(result: unknown): ArrayBuffer[] {
  if (result instanceof Uint8Array) return [result.buffer as ArrayBuffer];
  const wrappedKey: unknown = (result as { readonly wrappedKey?: unknown } | undefined)?.wrappedKey;
  return wrappedKey instanceof Uint8Array ? [wrappedKey.buffer as ArrayBuffer] : [];
}

type Call = { [Name in TokenCallName]: { name: Name; request: TokenCalls[Name]['request'] } }[TokenCallName];

function answer<Name extends TokenCallName>(name: Name, request: TokenCalls[Name]['request']): unknown {
  return handlers[name](request);
}

parentPort?.on('message', ({ id, name, request }: Call & { readonly id: number }) => {
  try {
    const result = answer(name, request);
    parentPort?.postMessage({ id, result }, secretBuffersOf(result));
  } catch (error) {
    parentPort?.postMessage({ id, failure: failureOf(error) });
  }
});
