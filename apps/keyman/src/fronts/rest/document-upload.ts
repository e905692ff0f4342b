import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Multipart, MultipartFile } from '@fastify/multipart';
import { CodedError } from '@cinnabar/core';
import { isRecord, StoredDocument } from '@cinnabar/keyman-api';
import { JsonBodyReader } from '@cinnabar/http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { UPLOAD_FOLDER } from '../../ports.ts';

/** The `request` part holds everything but the document. */
const REQUEST_PART_MAX_BYTES = 16 * 1024 * 1024;

export interface Upload {
  /** The request, with its document as a StoredDocument. */
  readonly body: unknown;
  /** Removes what was stored. */
  discard(): Promise<void>;
}

export function isMultipart(request: FastifyRequest): boolean {
  return /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
}

/** Receives `multipart/form-data` (contract, "Large documents"): part `request` is the JSON, part `document` goes to a private file as it arrives. */
@Injectable()
export class DocumentUpload {
  constructor(
    @Inject(UPLOAD_FOLDER) private readonly folder: string,
    private readonly bodies: JsonBodyReader,
  ) {}

  /** @throws CodedError `malformed-request`, `insufficient-parameters` */
  async receive(request: FastifyRequest): Promise<Upload> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = join(this.folder, `${randomUUID()}.upload`);
    const discard = () => rm(path, { force: true });
    try {
      return { body: await this.read(request, path), discard };
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

  private async read(request: FastifyRequest, path: string): Promise<unknown> {
    let body: unknown;
    let document: StoredDocument | undefined;
    // The document has no limit but the disk's; everything else is bounded.
    const limits = { fileSize: Number.MAX_SAFE_INTEGER, files: 2, fields: 4, fieldSize: REQUEST_PART_MAX_BYTES };
    for await (const part of request.parts({ limits })) {
      if (part.fieldname === 'request') {
        body = await this.requestOf(part);
      } else if (part.fieldname === 'document' && part.type === 'file' && document === undefined) {
        document = await store(part, path);
      } else if (part.type === 'file') {
        throw new CodedError('malformed-request', 'there are parts beside request and document');
      }
    }
    if (body !== undefined && !isRecord(body))
      throw new CodedError('malformed-request', 'the part request is not a JSON object');
    return document === undefined ? (body ?? {}) : { ...body, document };
  }

  /** A part that says it is `application/json` was parsed with the form already. */
  private async requestOf(part: Multipart): Promise<unknown> {
    if (part.type === 'file') return this.bodies.read(await collect(part.file));
    return typeof part.value === 'string' ? this.bodies.read(Buffer.from(part.value)) : part.value;
  }
}

async function store(part: MultipartFile, path: string): Promise<StoredDocument> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await pipeline(part.file, file);
  return new StoredDocument(path, file.bytesWritten);
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
