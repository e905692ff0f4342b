import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** A host as it may stand in a URL, with a port or without. Anything else would be put into clients' settings. */
const HOST = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * Where the asking client reached this server, e.g. `https://keyman.example:8443`: https behind TLS, and what a trusted proxy says
 * of scheme and host (`X-Forwarded-Proto`, `X-Forwarded-Host`; Fastify believes nobody else).
 */
export function serverAddress(request: FastifyRequest): string {
  const host = HOST.test(request.host) ? request.host : ownHost(request);
  return `${request.protocol === 'https' ? 'https' : 'http'}://${host}`;
}

function ownHost({ socket }: FastifyRequest): string {
  const { localAddress = '127.0.0.1', localPort = 80 } = socket;
  return `${isIPv6(localAddress) ? `[${localAddress}]` : localAddress}:${localPort}`;
}
