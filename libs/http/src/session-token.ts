import type { IncomingHttpHeaders } from 'node:http';

/** Longest header value that can be a token; ours have 44 characters. */
const TOKEN_MAX = 512;

/**
 * The session token of a request: `Authentication: <token>`, raw, without a scheme word (contract, "REST"),
 * or `Authorization: Bearer <token>`. `+`, `/` and `=` occur in tokens.
 */
export function sessionTokenOf(headers: IncomingHttpHeaders): string | undefined {
  const raw = headers['authentication'];
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const token = typeof raw === 'string' && raw.trim() !== '' ? raw.trim() : bearer;
  return token === undefined || token.length > TOKEN_MAX ? undefined : token;
}
