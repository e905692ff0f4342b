import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodedError, DIGESTS, type DigestAlgorithm } from '@cinnabar/core';
import { isRecord, StoredDocument } from '@cinnabar/keyman-api';
import { JsonBodyReader, sessionTokenOf } from '@cinnabar/http';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OperationRegistry } from '../../pipeline/operation-registry.ts';
import { SessionReader } from '../../pipeline/session-reader.ts';
import { SETTINGS, UPLOAD_FOLDER } from '../../ports.ts';
import type { KeymanSettings } from '../../settings/index.ts';
import { collecting } from '../../workers/collect-garbage.ts';
import { namingFullDisk } from '../../workers/disk-full.ts';
import { UploadSpace, type UploadPlace } from './upload-space.ts';

/** The `request` part holds everything but the document. */
const REQUEST_PART_MAX_BYTES = 16 * 1024 * 1024;
const SUFFIX = '.upload';
/** One more than there may be, so that it is seen; a part's headers are few and short. */
const LIMITS = { fileSize: Number.MAX_SAFE_INTEGER, files: 3, parts: 3, headerPairs: 16, headerSize: 8 * 1024 };

export interface Upload {
  /** The request, with its document as a StoredDocument. */
  readonly body: unknown;
  /** Removes what was stored. */
  discard(): Promise<void>;
}

export function isMultipart(request: FastifyRequest): boolean {
  return /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
}

/**
 * Receives `multipart/form-data` (contract, "Large documents"): part `request` is the JSON, part `document` goes to a
 * private file as it arrives, and through a hash: nothing of it stays in memory, and it need not be read again.
 */
@Injectable()
export class DocumentUpload implements OnModuleInit {
  constructor(
    @Inject(UPLOAD_FOLDER) private readonly folder: string,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
    private readonly bodies: JsonBodyReader,
    private readonly registry: OperationRegistry,
    private readonly sessions: SessionReader,
    private readonly space: UploadSpace,
  ) {}

  /** Removes what a crash has left. */
  async onModuleInit(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await chmod(this.folder, 0o700);
    const left = (await readdir(this.folder)).filter((name) => name.endsWith(SUFFIX));
    await Promise.all(left.map((name) => rm(join(this.folder, name), { force: true })));
  }

  /**
   * @param operation `Category/Action` in any case
   * @throws CodedError `malformed-request`, `body-too-large`, `not-authenticated`, `too-many-requests`, `unknown-operation`
   */
  async receive(operation: string, request: FastifyRequest): Promise<Upload> {
    this.requireTakesDocuments(operation);
    const { userid } = await this.sessions.read(sessionTokenOf(request.headers));
    const place = await this.space.enter(userid, Number(request.headers['content-length'] ?? 0));
    return this.receiveInto(place, request);
  }

  private requireTakesDocuments(operation: string): void {
    const found = this.registry.find(operation);
    if (found === undefined) throw new CodedError('unknown-operation', 'there is no such operation');
    if (!found.declaration.document)
      throw new CodedError('malformed-request', `${found.declaration.name} takes JSON, not multipart/form-data`);
  }

  private async receiveInto(place: UploadPlace, request: FastifyRequest): Promise<Upload> {
    const path = join(this.folder, `${randomUUID()}${SUFFIX}`);
    const discard = async () => {
      try {
        await rm(path, { force: true });
      } finally {
        place.leave();
      }
    };
    try {
      return { body: await namingFullDisk(() => this.read(request, path, place)), discard };
    } catch (error) {
      await discard();
      if (CodedError.is(error)) throw error;
      throw new CodedError(
        'malformed-request',
        'the body is not multipart/form-data with the parts request and document',
        { cause: error },
      );
    }
  }

  private async read(request: FastifyRequest, path: string, place: UploadPlace): Promise<unknown> {
    let body: unknown;
    let document: StoredDocument | undefined;
    // Every part comes as a stream, whatever it calls itself: only so is each read under our own limits.
    for await (const part of request.parts({ limits: LIMITS, isPartAFile: () => true })) {
      if (part.type !== 'file') throw new CodedError('malformed-request', 'a part cannot be read');
      if (part.fieldname === 'request' && body === undefined) {
        body = (await this.bodies.read(await collect(part.file))) ?? {};
      } else if (part.fieldname === 'document' && document === undefined) {
        document = await store(part.file, path, place, this.algorithmFor(body));
      } else {
        throw new CodedError('malformed-request', 'there are parts beside one request and one document');
      }
    }
    if (body !== undefined && !isRecord(body))
      throw new CodedError('malformed-request', 'the part request is not a JSON object');
    return document === undefined ? (body ?? {}) : { ...body, document };
  }

  /** The hash that will be asked for, where the part `request` came first or names none; another is a guess that costs a second reading. */
  private algorithmFor(body: unknown): DigestAlgorithm {
    const named = isRecord(body) ? body['hashalgorithm'] : undefined;
    const upper = typeof named === 'string' ? named.trim().toUpperCase() : '';
    return Object.hasOwn(DIGESTS, upper) ? (upper as DigestAlgorithm) : this.settings.defaultHash;
  }
}

async function store(
  part: Readable,
  path: string,
  place: UploadPlace,
  algorithm: DigestAlgorithm,
): Promise<StoredDocument> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  const hash = createHash(DIGESTS[algorithm].nodeName);
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      await place.grow(chunk.length);
      hash.update(chunk);
      yield chunk;
    }
  }
  await pipeline(part, collecting, counted, file);
  return new StoredDocument(path, file.bytesWritten, { algorithm, hash });
}

async function collect(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > REQUEST_PART_MAX_BYTES)
      throw new CodedError(
        'body-too-large',
        'the part request is too large; the document belongs into the part document',
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
