import { CodedError } from '@cinnabar/core';
import { sessionTokenOf, XmlBodyReader } from '@cinnabar/http';
import { TOKEN_MEMBER, type OperationShape } from '@cinnabar/keyman-api';
import { Controller, Get, Inject, Post, Req, Res, type OnModuleInit } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OperationPipeline } from '../../pipeline/operation-pipeline.ts';
import { RateRefusal } from '../../pipeline/rate-refusal.ts';
import { SETTINGS } from '../../ports.ts';
import type { KeymanSettings } from '../../settings/index.ts';
import { originOf } from '../origin.ts';
import { ContractShapes } from '../contract/contract-shapes.ts';
import { serverAddress } from '../contract/server-address.ts';
import { operationAnswer } from './operation-answer.ts';
import { openEnvelope, type OpenEnvelope } from './open-envelope.ts';
import { readMembers } from './request-members.ts';
import { schemaText } from './schema-text.ts';
import { SERVICE_PATH, soapActionOf } from './service-names.ts';
import { sendSoapFailure } from './soap-failure.ts';
import { SoapServer } from './soap-server.ts';
import { isSoapContentType, type SoapVersion } from './soap-version.ts';
import { wsdlText } from './wsdl-text.ts';

/** SOAP: the same operations as REST, through the same pipeline, at the address of the manual's WCF service. */
@Controller(SERVICE_PATH)
export class SoapController implements OnModuleInit {
  private server: SoapServer | undefined;
  private readonly namespace: string;

  constructor(
    private readonly contract: ContractShapes,
    private readonly pipeline: OperationPipeline,
    private readonly messages: XmlBodyReader,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {
    this.namespace = settings.soapNamespace;
  }

  async onModuleInit(): Promise<void> {
    this.server = await SoapServer.open(this.contract, this.namespace);
  }

  /** `?wsdl` and `?singleWsdl` are the same whole document; `?xsd` its schema alone. */
  @Get()
  async describe(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const asked = (/\?([^=&]*)/.exec(request.url)?.[1] ?? '').toLowerCase();
    const address = serverAddress(request) + SERVICE_PATH;
    // The address in it depends on who asked.
    reply.header('cache-control', 'no-store');
    if (asked === 'wsdl' || asked === 'singlewsdl')
      await reply.type('text/xml; charset=utf-8').send(wsdlText(this.contract, this.namespace, address));
    else if (asked === 'xsd')
      await reply.type('text/xml; charset=utf-8').send(schemaText(this.contract, this.namespace));
    else await reply.type('text/plain; charset=utf-8').send(`SOAP service. Its description: ${address}?singleWsdl\n`);
  }

  @Post()
  async call(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const traceId = request.id;
    let version: SoapVersion | undefined;
    try {
      const envelope = await this.read(request);
      version = envelope.version;
      await this.answer(envelope, request, reply, traceId);
    } catch (error) {
      sendSoapFailure(error, request, reply, this.namespace, traceId, version);
    }
  }

  private async read(request: FastifyRequest): Promise<OpenEnvelope> {
    const { 'content-type': contentType, 'content-encoding': encoding = 'identity' } = request.headers;
    if (!isSoapContentType(contentType) || encoding.toLowerCase() !== 'identity')
      throw new CodedError('malformed-request', 'the message is neither text/xml nor application/soap+xml, in UTF-8');
    return openEnvelope(await this.messages.read(request.body instanceof Uint8Array ? request.body : new Uint8Array()));
  }

  private async answer(
    envelope: OpenEnvelope,
    request: FastifyRequest,
    reply: FastifyReply,
    traceId: string,
  ): Promise<void> {
    const { version } = envelope;
    const operation = this.operationOf(envelope, request);
    const xml = await this.server?.envelope(operation.method, version, () =>
      this.run(operation, envelope, request, reply, traceId),
    );
    await reply.status(200).header('cache-control', 'no-store').type(version.contentType).send(xml);
  }

  /** The body's element names the operation; a SOAPAction that names another is a message that a filter before us may have misread. */
  private operationOf({ payload }: OpenEnvelope, { headers }: FastifyRequest): OperationShape {
    const found = payload.namespace === this.namespace ? this.contract.byMethodName(payload.name) : undefined;
    if (found === undefined) throw new CodedError('unknown-operation', 'there is no such operation');
    const action = actionOf(headers);
    if (action !== '' && action !== soapActionOf(this.namespace, found) && action !== found.method)
      throw new CodedError('malformed-request', 'the SOAPAction names another operation than the body');
    return found;
  }

  private async run(
    operation: OperationShape,
    { payload }: OpenEnvelope,
    request: FastifyRequest,
    reply: FastifyReply,
    traceId: string,
  ): Promise<string> {
    const { types } = this.contract;
    const parameter = readMembers(types, `${operation.method}Request`, this.namespace, {
      ...payload,
      children: payload.children.filter(({ name }) => name === 'request').flatMap(({ children }) => children),
    });
    const { [TOKEN_MEMBER.name]: token, ...body } = parameter;
    const outcome = await this.pipeline.run({
      operation: operation.declaration.name,
      body,
      token: typeof token === 'string' && token.trim() !== '' ? token.trim() : sessionTokenOf(request.headers),
      origin: originOf(request),
    });
    if (outcome.error instanceof RateRefusal) reply.header('retry-after', outcome.error.retryAfterSeconds);
    return operationAnswer(operation, outcome, types, this.namespace, this.settings.envelope, traceId);
  }
}

/** SOAP 1.1 has it in a header of its own (section 6.1.1), 1.2 in the content type (part 2, section A.3). */
function actionOf(headers: FastifyRequest['headers']): string {
  const { soapaction } = headers;
  const inType = /;\s*action\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '')?.[1];
  return (typeof soapaction === 'string' ? soapaction.trim().replace(/^"|"$/g, '') : inType) ?? '';
}
