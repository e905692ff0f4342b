import { readFile } from 'node:fs/promises';
import { StoredDocument, type ComplexTypes, type OperationShape, type RawRequest } from '@cinnabar/keyman-api';
import type { Outcome } from '../../pipeline/operation-pipeline.ts';
import { envelope, type EnvelopeSettings } from '../rest/rest-answer.ts';
import { writeMembers } from './answer-xml.ts';
import { xmlText } from './xml-text.ts';

/** `<AuthLoginResponse><AuthLoginResult>…`: the members that REST answers, its `error` among them. */
export async function operationAnswer(
  { method, declaration }: OperationShape,
  { members, error }: Outcome,
  types: ComplexTypes,
  namespace: string,
  settings: EnvelopeSettings,
  traceId: string,
): Promise<string> {
  const { body } = envelope(declaration.name, 3, await inMemory(members), error, traceId, settings);
  const result = writeMembers(types, `${method}Result`, body, 'k');
  return `<k:${method}Response xmlns:k="${xmlText(namespace)}"><k:${method}Result>${result}</k:${method}Result></k:${method}Response>`;
}

/** A document that came in a message was in memory, and so is its answer; one that is stored nevertheless is read. */
async function inMemory(members: RawRequest): Promise<RawRequest> {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members))
    read[name] = value instanceof StoredDocument ? await readFile(value.path) : value;
  return read;
}
