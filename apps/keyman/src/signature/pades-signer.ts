import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareHashedPades, type PadesParameters } from '@cinnabar/ades';
import { StoredDocument } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import { DocumentPool } from '../workers/document-pool.ts';
import type { Finished, FinishTask, LaidOut, PadesDocument, Prepared, PrepareTask } from './pades.worker.ts';

const WORKER = new URL(`./pades.worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/** Signs a PDF document with whatever makes the signature value: prepare → sign → finish, the halves on worker threads. */
@Injectable()
export class PadesSigner {
  constructor(private readonly pool: DocumentPool) {}

  /**
   * @param document a stored one becomes the signed one: the signature is put behind it in its own file
   * @param sign makes the signature value over the DER of the signed attributes
   * @throws CodedError `document-unreadable`, `document-password`, `not-supported`, `refused-in-state`, `invalid-parameter`, and what `sign` throws
   */
  async sign(
    document: Uint8Array | StoredDocument,
    parameters: PadesParameters,
    sign: (toBeSigned: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Uint8Array | StoredDocument> {
    const prepared = await this.prepare(document, parameters);
    const { signed, length } = await this.finish(prepared, await sign(prepared.toBeSigned));
    if (signed !== undefined) return signed;
    if (document instanceof StoredDocument) return new StoredDocument(document.path, length);
    throw new TypeError('a document in memory came back without its bytes');
  }

  private async prepare(document: Uint8Array | StoredDocument, parameters: PadesParameters): Promise<Prepared> {
    const owned = ownedOf(document);
    const hash = document instanceof StoredDocument ? hashOf(document, parameters) : undefined;
    const task: PrepareTask = { step: 'prepare', document: owned, parameters, isHashed: hash !== undefined };
    if (hash === undefined) return this.pool.run(WORKER, task, transfer(owned));
    // A hash that has begun cannot go to another thread, and only a few thousand bytes are left to it.
    const { layout } = await this.pool.run<LaidOut>(WORKER, task, []);
    return { document: owned, ...prepareHashedPades(layout, parameters, hash) };
  }

  private finish({ document, state }: Prepared, signatureValue: Uint8Array): Promise<Finished> {
    const task: FinishTask = { step: 'finish', document, state, signatureValue };
    return this.pool.run(WORKER, task, transfer(document));
  }
}

function hashOf({ hashed }: StoredDocument, { digestAlgorithm }: PadesParameters) {
  return hashed?.algorithm === digestAlgorithm ? hashed.hash : undefined;
}

/** Memory that can change hands: a decoded small document may be a slice of memory that others use too. */
function ownedOf(document: Uint8Array | StoredDocument): PadesDocument {
  if (document instanceof StoredDocument) return { path: document.path };
  const { buffer, byteLength } = document;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return { bytes: isWhole ? (document as Uint8Array<ArrayBuffer>) : new Uint8Array(document) };
}

function transfer(document: PadesDocument): ArrayBuffer[] {
  return 'bytes' in document ? [document.bytes.buffer] : [];
}
