import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CodedError } from '@cinnabar/core';
import { openApiDocument } from '@cinnabar/keyman-api';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SETTINGS } from '../../ports.ts';
import type { KeymanSettings } from '../../settings/index.ts';
import { ContractShapes } from '../contract/contract-shapes.ts';
import { serverAddress } from '../contract/server-address.ts';
import { DOCS_PAGE, DOCS_SCRIPT } from './docs-page.ts';

/** Files of Swagger UI that the page needs, and nothing else of its folder. */
const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

/**
 * Everything from this server, no inline script, no frame around it; `Try it out` calls this server alone.
 * Swagger UI sets style attributes and draws its icons from data URLs.
 */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The contract for people and their tools: an OpenAPI 3.1 document, and a page that shows it. */
@Controller('docs')
export class DocsController {
  private readonly folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  private readonly read = new Map<string, Promise<Buffer>>();

  constructor(
    private readonly contract: ContractShapes,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  @Get()
  async page(@Res() reply: FastifyReply): Promise<void> {
    await this.send(reply, 'text/html; charset=utf-8', DOCS_PAGE);
  }

  @Get('openapi.json')
  async document(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const document = openApiDocument(this.contract.operations, serverAddress(request));
    await this.send(reply, 'application/json; charset=utf-8', JSON.stringify(document));
  }

  @Get('start.js')
  async script(@Res() reply: FastifyReply): Promise<void> {
    await this.send(reply, 'text/javascript; charset=utf-8', DOCS_SCRIPT);
  }

  @Get(':file')
  async file(@Param('file') name: string, @Res() reply: FastifyReply): Promise<void> {
    const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (type === undefined) throw new CodedError('unknown-operation', 'there is no such page');
    let content = this.read.get(name);
    if (content === undefined) this.read.set(name, (content = readFile(join(this.folder, name))));
    await this.send(reply, type, await content);
  }

  private async send(reply: FastifyReply, type: string, content: string | Buffer): Promise<void> {
    if (!this.settings.docs) throw new CodedError('unknown-operation', 'there is no such page');
    await reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', 'no-cache')
      .type(type)
      .send(content);
  }
}
