import { appendFile, stat } from 'node:fs/promises';
import { systemRandom } from '@cinnabar/core';
import {
  assemblePades,
  finishPades,
  layOutPades,
  type PadesLayout,
  preparePades,
  type PadesParameters,
  type PadesState,
} from '@cinnabar/ades';
import { FileByteSource, MemoryByteSource, type ByteSource } from '@cinnabar/pdf';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { outcomeOf, type CodedOutcome } from '../workers/coded-outcome.ts';
import { namingFullDisk } from '../workers/disk-full.ts';

/** A document in memory (its bytes change hands with the task and come back with the result) or in a file of the request's own. */
export type PadesDocument = { readonly bytes: Uint8Array<ArrayBuffer> } | { readonly path: string };

export interface PrepareTask {
  readonly step: 'prepare';
  readonly document: PadesDocument;
  readonly parameters: PadesParameters;
  /** The document was hashed while it arrived: its digest is not made here. */
  readonly isHashed: boolean;
}

export interface FinishTask {
  readonly step: 'finish';
  readonly document: PadesDocument;
  readonly state: PadesState;
  readonly signatureValue: Uint8Array;
}

export interface Prepared {
  readonly document: PadesDocument;
  readonly state: PadesState;
  /** DER of the signed attributes: what is hashed and signed. */
  readonly toBeSigned: Uint8Array;
}

export interface LaidOut {
  readonly layout: PadesLayout;
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
): Promise<CodedOutcome<Prepared> | CodedOutcome<LaidOut> | CodedOutcome<Finished>> {
  if (task.step === 'finish') return handOver(await outcomeOf(() => finish(task)));
  return task.isHashed ? await outcomeOf(() => layOut(task)) : handOver(await outcomeOf(() => prepare(task)));
}

async function prepare({ document, parameters }: PrepareTask): Promise<Prepared> {
  return withSource(document, async (source) => {
    const { state, toBeSigned } = await preparePades(source, parameters, systemRandom);
    return { document, state, toBeSigned };
  });
}

async function layOut({ document, parameters }: PrepareTask): Promise<LaidOut> {
  return withSource(document, (source) => Promise.resolve({ layout: layOutPades(source, parameters, systemRandom) }));
}

async function finish({ document, state, signatureValue }: FinishTask): Promise<Finished> {
  if ('path' in document) return { signed: undefined, length: await append(document.path, state, signatureValue) };
  const { incrementBytes } = await finishPades(new MemoryByteSource(document.bytes), state, signatureValue);
  const signed = new Uint8Array(document.bytes.length + incrementBytes.length);
  signed.set(document.bytes);
  signed.set(incrementBytes, document.bytes.length);
  return { signed, length: signed.length };
}

/** The file is the request's own and was written once: it becomes the signed document, and is neither read nor copied. */
async function append(path: string, state: PadesState, signatureValue: Uint8Array): Promise<number> {
  const { incrementBytes, signedLength } = assemblePades(state, signatureValue);
  if ((await stat(path)).size !== state.originalLength) throw new Error('the stored document has another length');
  await namingFullDisk(() => appendFile(path, incrementBytes));
  return signedLength;
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
