import { parentPort } from 'node:worker_threads';
import { asBuffer, loadCryptoki, type Cryptoki } from './cryptoki.ts';
import type { GenerationCall } from './generation-thread.ts';
import { generateKeyPair } from './key-generation.ts';
import { failureOf } from './thread-failure.ts';

// C_GenerateKeyPair takes up to seconds: on the token thread every cold PIN would wait for it, on the libuv pool every
// signature. Sessions and login are the process's, so a session that the token thread opened serves here too.

const libraries = new Map<string, Cryptoki>();

parentPort?.on('message', ({ id, modulePath, session, specification }: GenerationCall & { readonly id: number }) => {
  try {
    const cryptoki = libraries.get(modulePath) ?? loadCryptoki(modulePath);
    libraries.set(modulePath, cryptoki);
    parentPort?.postMessage({ id, result: generateKeyPair(cryptoki, asBuffer(session), specification) });
  } catch (error) {
    parentPort?.postMessage({ id, failure: failureOf(error) });
  }
});
