import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PadesParameters } from '@cinnabar/ades';
import { StoredDocument } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import { DocumentPool } from '../workers/document-pool.ts';
import type { Finished, FinishTask, PadesDocument, Prepared, PrepareTask } from './pades.worker.ts';

const WORKER = new URL(`./pades.worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

export interface SignedDocument {
  readonly data: Uint8Array | StoredDocument;
  /** Removes what was stored of it. */
  discard(): void;
}

/** Signs a PDF document with whatever makes the signature value: prepare → sign → finish, the halves on worker threads. */
@Injectable()
export class PadesSigner {
  constructor(private readonly pool: DocumentPool) {}

  /**
   * @param sign makes the signature value over the DER of the signed attributes
   * @throws CodedError `document-unreadable`, `document-password`, `not-supported`, `refused-in-state`, `invalid-parameter`, and what `sign` throws
   */
  async sign(
    document: Uint8Array | StoredDocument,
    parameters: PadesParameters,
    sign: (toBeSigned: Uint8Array) => Promise<Uint8Array>,
  ): Promise<SignedDocument> {
    const prepared = await this.prepare(owned(document), parameters);
    const signatureValue = await sign(prepared.toBeSigned);
    const signedPath =
      document instanceof StoredDocument ? join(dirname(document.path), `${randomUUID()}.signed`) : undefined;
    const discard = () => {
      if (signedPath !== undefined) void rm(signedPath, { force: true });
    };
    try {
      const { signed, length } = await this.finish(prepared, signatureValue, signedPath);
      return { data: signed ?? new StoredDocument(signedPath ?? '', length), discard };
    } catch (error) {
      discard();
      throw error;
    }
  }

  private prepare(document: PadesDocument, parameters: PadesParameters): Promise<Prepared> {
    const task: PrepareTask = { step: 'prepare', document, parameters };
    return this.pool.run(WORKER, task, transfer(document));
  }

  private finish(
    { document, state }: Prepared,
    signatureValue: Uint8Array,
    signedPath: string | undefined,
  ): Promise<Finished> {
    const task: FinishTask = { step: 'finish', document, state, signatureValue, signedPath };
    return this.pool.run(WORKER, task, transfer(document));
  }
}

/** Memory that can change hands: a decoded small document may be a slice of memory that others use too. */
function owned(document: Uint8Array | StoredDocument): PadesDocument {
  if (document instanceof StoredDocument) return { path: document.path };
  const { buffer, byteLength } = document;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return { bytes: isWhole ? (document as Uint8Array<ArrayBuffer>) : new Uint8Array(document) };
}

function transfer(document: PadesDocument): ArrayBuffer[] {
  return 'bytes' in document ? [document.bytes.buffer] : [];
}
