import { CodedError } from '@cinnabar/core';
import { JsonBodyReader, sessionTokenOf } from '@cinnabar/http';
import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OperationPipeline, type Outcome } from '../../pipeline/operation-pipeline.ts';
import { SETTINGS } from '../../ports.ts';
import type { KeymanSettings } from '../../settings/index.ts';
import { originOf } from '../origin.ts';
import { RateRefusal } from '../../pipeline/rate-refusal.ts';
import { DocumentUpload, isMultipart, type Upload } from './document-upload.ts';
import { envelope } from './rest-answer.ts';
import { holdsStored, sendBytes, sendStoredAsJson, wantsBytes } from './binary-answer.ts';

interface Path {
  readonly version: string;
  readonly category: string;
  readonly action: string;
}

interface Asked {
  readonly operation: string;
  readonly version: number;
  readonly traceId: string;
}

/** REST: `POST /Keyman/rest/v3/<category>/<action>`, in any case; `v4`, `v5` and `v6` are other names for the same. */
@Controller()
export class RestController {
  constructor(
    private readonly pipeline: OperationPipeline,
    private readonly bodies: JsonBodyReader,
    private readonly uploads: DocumentUpload,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  @Post('Keyman/rest/:version(^[vV][3-6]$)/:category/:action')
  async call(@Req() request: FastifyRequest<{ Params: Path }>, @Res() reply: FastifyReply): Promise<void> {
    const { version, category, action } = request.params;
    const operation = `${category}/${action}`;
    const traceId = request.id;
    const upload = isMultipart(request) ? await this.uploads.receive(operation, request) : undefined;
    try {
      const outcome = await this.run(operation, request, upload);
      await this.answer(outcome, { operation, version: Number(version.slice(1)), traceId }, request, reply);
    } finally {
      // Only now: a signed document is the uploaded file with its signature behind it.
      await upload?.discard();
    }
  }

  private async answer(outcome: Outcome, asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { members, error } = outcome;
    reply.header('cache-control', 'no-store');
    if (error instanceof RateRefusal) reply.header('retry-after', error.retryAfterSeconds);
    if (error === undefined && wantsBytes(request, members)) return sendBytes(reply, members);
    const { status, body } = envelope(
      asked.operation,
      asked.version,
      members,
      error,
      asked.traceId,
      this.settings.envelope,
    );
    reply.status(status);
    if (holdsStored(body)) return sendStoredAsJson(reply, body);
    await reply.type('application/json; charset=utf-8').send(JSON.stringify(body));
  }

  private async run(operation: string, request: FastifyRequest, upload: Upload | undefined): Promise<Outcome> {
    try {
      const body = upload === undefined ? await this.bodies.read(bodyOf(request)) : upload.body;
      return await this.pipeline.run({
        operation,
        body,
        token: sessionTokenOf(request.headers),
        origin: originOf(request),
      });
    } catch (error) {
      // What cannot even be decoded never reaches the pipeline.
      if (CodedError.is(error)) return { members: {}, error };
      throw error;
    }
  }
}

function bodyOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : new Uint8Array();
}
