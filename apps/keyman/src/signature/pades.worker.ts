import { copyFile, open } from 'node:fs/promises';
import { systemRandom } from '@cinnabar/core';
import { finishPades, preparePades, type PadesParameters, type PadesState } from '@cinnabar/ades';
import { FileByteSource, MemoryByteSource, type ByteSource } from '@cinnabar/pdf';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { outcomeOf, type CodedOutcome } from '../workers/coded-outcome.ts';

/** A document in memory (its bytes change hands with the task and come back with the result) or in a file. */
export type PadesDocument = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly path: string };

export interface PrepareTask {
  readonly step: 'prepare';
  readonly document: PadesDocument;
  readonly parameters: PadesParameters;
}

export interface FinishTask {
  readonly step: 'finish';
  readonly document: PadesDocument;
  readonly state: PadesState;
  readonly signatureValue: Uint8Array;
  /** Where the signed copy of a document in a file goes. */
  readonly signedPath: string | undefined;
}

export interface Prepared {
  readonly document: PadesDocument;
  readonly state: PadesState;
  /** DER of the signed attributes: what is hashed and signed. */
  readonly toBeSigned: Uint8Array;
}

export interface Finished {
  /** The signed document where it is in memory. */
  readonly signed: Uint8Array<ArrayBuffer> | undefined;
  /** In bytes. */
  readonly length: number;
}

/** Both halves of a PDF signature, off the event loop. */
export default async function pades(
  task: PrepareTask | FinishTask,
): Promise<CodedOutcome<Prepared> | CodedOutcome<Finished>> {
  const outcome = task.step === 'prepare' ? await outcomeOf(() => prepare(task)) : await outcomeOf(() => finish(task));
  return handOver(outcome);
}

async function prepare({ document, parameters }: PrepareTask): Promise<Prepared> {
  return withSource(document, async (source) => {
    const { state, toBeSigned } = await preparePades(source, parameters, systemRandom);
    return { document, state, toBeSigned };
  });
}

async function finish({ document, state, signatureValue, signedPath }: FinishTask): Promise<Finished> {
  return withSource(document, async (source) => {
    const { incrementBytes } = await finishPades(source, state, signatureValue);
    if ('bytes' in document) {
      const signed = new Uint8Array(document.bytes.length + incrementBytes.length);
      signed.set(document.bytes);
      signed.set(incrementBytes, document.bytes.length);
      return { signed, length: signed.length };
    }
    if (signedPath === undefined) throw new TypeError('a document in a file needs a place for its signed copy');
    return { signed: undefined, length: await appendToCopy(document.path, signedPath, incrementBytes) };
  });
}

async function appendToCopy(path: string, signedPath: string, incrementBytes: Uint8Array): Promise<number> {
  await copyFile(path, signedPath);
  const file = await open(signedPath, 'a', 0o600);
  try {
    await file.writeFile(incrementBytes);
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

async function withSource<Result>(
  document: PadesDocument,
  work: (source: ByteSource) => Promise<Result>,
): Promise<Result> {
  if ('bytes' in document) return work(new MemoryByteSource(document.bytes));
  using source = FileByteSource.open(document.path);
  return await work(source);
}

/** Bytes of a document are moved to the other thread, not copied. */
function handOver<Outcome extends CodedOutcome<Prepared> | CodedOutcome<Finished>>(outcome: Outcome): Outcome {
  const result: Partial<Prepared & Finished> = 'result' in outcome ? outcome.result : {};
  const owned = [
    result.signed?.buffer,
    result.document !== undefined && 'bytes' in result.document ? result.document.bytes.buffer : undefined,
  ];
  const transferable = { [transferableSymbol]: owned.filter((each) => each !== undefined), [valueSymbol]: outcome };
  return move(transferable) as unknown as Outcome;
}
