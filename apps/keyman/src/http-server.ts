import { readFile } from 'node:fs/promises';
import { newTraceId } from '@cinnabar/http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AddressRate } from './fronts/rate/address-rate.ts';
import { answerFailure, setUpFastify } from './fronts/rest/fastify-setup.ts';
import { answerUnreadable } from './fronts/rest/unreadable-request.ts';
import { LargeBodyGuard } from './fronts/rest/large-body-guard.ts';
import { KeymanModule } from './keyman.module.ts';
import type { Platform } from './platform.module.ts';
import type { KeymanSettings } from './settings/index.ts';

/** Builds the server; it does not listen yet. */
export async function createHttpServer(platform: Platform): Promise<NestFastifyApplication> {
  const { settings } = platform;
  const adapter = new FastifyAdapter({
    bodyLimit: settings.bodyLimitBytes,
    // Node's own limit knows no pace: a large document may take long (fronts/rest/keep-pace.ts). Headers keep theirs.
    requestTimeout: 0,
    // Names the request everywhere; never the caller's.
    genReqId: newTraceId,
    clientErrorHandler: answerUnreadable,
    forceCloseConnections: 'idle',
    // A request that came before its connection was closed is answered like any other.
    return503OnClosing: false,
    // What fails before a route is sought, e.g. a path that cannot be decoded.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      answerFailure(error, request, reply, settings);
    },
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
    routerOptions: {
      caseSensitive: false,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      maxParamLength: 100,
    },
    ...(await tlsOptions(settings)),
  });
  const app = await NestFactory.create<NestFastifyApplication>(KeymanModule.on(platform), adapter, {
    bodyParser: false,
  });
  setUpFastify(adapter.getInstance(), app.get(LargeBodyGuard), app.get(AddressRate), settings.bodyLimitBytes);
  return app;
}

async function tlsOptions(settings: KeymanSettings) {
  if (settings.tls === undefined) return {};
  const [cert, key] = await Promise.all([readFile(settings.tls.certificatePath), readFile(settings.tls.keyPath)]);
  return { https: { cert, key, minVersion: 'TLSv1.2' as const } };
}
