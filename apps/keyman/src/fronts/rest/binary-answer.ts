import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StoredDocument, type RawRequest } from '@cinnabar/keyman-api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collecting } from '../../workers/collect-garbage.ts';
import { keepAnswerPace } from './keep-pace.ts';

/** Does the caller ask for the document itself (`Accept: application/octet-stream`), and is there one? */
export function wantsBytes(request: FastifyRequest, members: RawRequest): boolean {
  const accepted = (request.headers.accept ?? '').split(',').map((each) => each.split(';')[0]?.trim().toLowerCase());
  return accepted[0] === 'application/octet-stream' && documentOf(members) !== undefined;
}

/** Sends the document as bytes; a stored one as it is read. Resolves when the answer has left. */
export async function sendBytes(reply: FastifyReply, members: RawRequest): Promise<void> {
  const document = documentOf(members);
  if (document === undefined) throw new Error('the answer holds no document');
  reply.status(200).type('application/octet-stream');
  if (document instanceof StoredDocument)
    await sendStream(reply.header('content-length', document.length), Readable.from(chunksOf(document)));
  else await reply.send(Buffer.from(document.buffer, document.byteOffset, document.byteLength));
}

/** Sends JSON whose one stored document is read and encoded as it leaves: as text it might be longer than a string can be. */
export async function sendStoredAsJson(reply: FastifyReply, body: RawRequest): Promise<void> {
  reply.type('application/json; charset=utf-8');
  await sendStream(reply, Readable.from(jsonWithStored(body)));
}

export function holdsStored(members: RawRequest): boolean {
  return Object.values(members).some((value) => value instanceof StoredDocument);
}

async function* jsonWithStored(body: RawRequest): AsyncGenerator<string> {
  let separator = '{';
  for (const [name, value] of Object.entries(body)) {
    yield `${separator}${JSON.stringify(name)}:`;
    if (value instanceof StoredDocument) yield* base64Text(value);
    else yield JSON.stringify(value ?? null);
    separator = ',';
  }
  yield '}';
}

const chunksOf = ({ path }: StoredDocument) => collecting(createReadStream(path) as AsyncIterable<Buffer>);

async function* base64Text(document: StoredDocument): AsyncGenerator<string> {
  yield '"';
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunksOf(document)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 3);
    yield bytes.toString('base64', 0, whole);
    rest = bytes.subarray(whole);
  }
  yield `${Buffer.from(rest).toString('base64')}"`;
}

/** The stored file is removed by the caller once the answer has left, so this waits for the end of the stream. */
async function sendStream(reply: FastifyReply, stream: Readable): Promise<void> {
  // The client may have gone while its document was worked on.
  const left = finished(reply.raw).catch(() => undefined);
  keepAnswerPace(reply.raw);
  try {
    await reply.send(stream);
    await left;
  } finally {
    stream.destroy();
  }
}

function documentOf(members: RawRequest): Uint8Array | StoredDocument | undefined {
  const { data } = members as { data?: unknown };
  return data instanceof Uint8Array || data instanceof StoredDocument ? data : undefined;
}
