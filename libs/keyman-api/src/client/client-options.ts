import type { Fetch } from '@cinnabar/core';

/** A secret, or where to get it each time that the client logs in (a file, a vault). */
export type SecretSource = string | (() => string | Promise<string>);

export interface Credentials {
  readonly login: string;
  readonly pass: SecretSource;
  readonly orgaid?: string;
  /** Default: `pass`. */
  readonly authmethod?: 'pass' | 'win' | 'federated';
  readonly modkey?: SecretSource;
}

export interface KeymanClientOptions {
  /** Where the server is: `https://keyman.example.org`, before `/Keyman/…`. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Names the calling program in the audit. */
  readonly module: string;
  readonly modver?: string;
  /** Time limit of a call from its beginning to the end of its answer, log-in included; 0: none. Default 60,000. */
  readonly timeoutMs?: number;
  /** The same for calls that carry a document. Default 600,000. */
  readonly documentTimeoutMs?: number;
  /** Default: Node's own. Another one can bring proxies or certificate authorities of its own. */
  readonly fetch?: Fetch;
  /** Lets PINs and passwords travel unencrypted to another machine. Default false. */
  readonly allowPlainHttp?: boolean;
}

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export async function secretOf(source: SecretSource): Promise<string> {
  return typeof source === 'string' ? source : await source();
}

/**
 * The address to put paths behind. Nothing of a wrong one is repeated, since it may hold a password.
 *
 * @throws TypeError
 */
export function serverAddress({ url, allowPlainHttp = false }: KeymanClientOptions): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new TypeError('url is not an http(s) address');
  if (parsed.username !== '' || parsed.password !== '') throw new TypeError('url holds a user or a password');
  if (parsed.search !== '' || parsed.hash !== '') throw new TypeError('url holds a query or a fragment');
  if (parsed.protocol === 'http:' && !allowPlainHttp && !isLoopback(parsed.hostname))
    throw new TypeError('url is plain http to another machine: PINs travel over https (allowPlainHttp lifts this)');
  return parsed.href.replace(/\/+$/, '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
