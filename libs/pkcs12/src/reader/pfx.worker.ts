import { parentPort, workerData } from 'node:worker_threads';
import { CodedError } from '@cinnabar/core';
import { openPfx } from '../read-pfx.ts';
import type { PfxOutcome, PfxTask } from './pfx-task.ts';

/** Opens one PFX file and ends; an error that is not coded ends the thread and reaches its owner that way. */
const { forms, limits, pfxDer } = workerData as PfxTask;
const outcome = open();
// The private key is moved, so that no copy stays behind in this thread.
parentPort?.postMessage(outcome, 'contents' in outcome ? [outcome.contents.privateKeyPkcs8.buffer as ArrayBuffer] : []);

function open(): PfxOutcome {
  try {
    return { contents: openPfx(pfxDer, forms, limits) };
  } catch (error) {
    if (!CodedError.is(error)) throw error;
    return { refusal: { code: error.code, publicDetail: error.publicDetail } };
  }
}
