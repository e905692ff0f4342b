import { sendRaw, type RawAnswer } from './raw-http.ts';

/** A request's members: texts as they are to stand in the XML (escaped here), arrays as their items, null as xsi:nil. */
export type SoapMembers = { readonly [name: string]: SoapValue };
export type SoapValue = string | number | boolean | null | Buffer | readonly SoapItem[] | SoapMembers;
/** `[element, value]`: SOAP's arrays name their items. */
export type SoapItem = readonly [string, SoapValue];

export const NAMESPACE = 'urn:cinnabar:keyman:v3';
export const PATH = '/Keyman/KeymanServiceV3.svc';
const ENVELOPE = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;
const TYPE = { '1.1': 'text/xml; charset=utf-8', '1.2': 'application/soap+xml; charset=utf-8' } as const;

export class SoapAnswer {
  readonly raw: RawAnswer;

  constructor(raw: RawAnswer) {
    this.raw = raw;
  }

  get status(): number {
    return this.raw.status;
  }

  get xml(): string {
    return this.raw.text;
  }

  /** The content of the first element of this name; undefined where there is none. */
  text(name: string): string | undefined {
    return new RegExp(`<(?:\\w+:)?${name}>([^<]*)</`).exec(this.xml)?.[1];
  }

  /** Names of the elements directly in the first element of this name, in their order. */
  childrenOf(name: string): string[] {
    const inner = new RegExp(`<((?:\\w+:)?${name})>(.*?)</\\1>`, 's').exec(this.xml)?.[2] ?? '';
    const names: string[] = [];
    let depth = 0;
    for (const [, closing, element] of inner.matchAll(/<(\/?)(?:\w+:)?(\w+)[^>]*>/g)) {
      if (closing === '/') depth -= 1;
      else if (depth++ === 0) names.push(element ?? '');
    }
    return names;
  }
}

export function elements(members: SoapMembers): string {
  return Object.entries(members)
    .map(([name, value]) => element(name, value))
    .join('');
}

function element(name: string, value: SoapValue): string {
  if (value === null) return `<k:${name} xsi:nil="true"/>`;
  return `<k:${name}>${content(value)}</k:${name}>`;
}

function content(value: Exclude<SoapValue, null>): string {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return (value as readonly SoapItem[]).map(([name, item]) => element(name, item)).join('');
  if (typeof value === 'object') return elements(value as SoapMembers);
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function envelopeOf(
  method: string,
  request: string,
  version: '1.1' | '1.2' = '1.1',
  namespace = NAMESPACE,
): string {
  return `<?xml version="1.0" encoding="utf-8"?><e:Envelope xmlns:e="${ENVELOPE[version]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:k="${namespace}"><e:Body><k:${method}><k:request>${request}</k:request></k:${method}></e:Body></e:Envelope>`;
}

/** SOAP as any client calls it. */
export class SoapCaller {
  readonly url: string;
  readonly token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.token = token;
  }

  call(
    method: string,
    members: SoapMembers = {},
    version: '1.1' | '1.2' = '1.1',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SoapAnswer> {
    const request = this.token === undefined ? members : { ...members, token: this.token };
    return this.send(envelopeOf(method, elements(request), version), { 'content-type': TYPE[version], ...headers });
  }

  async send(
    message: string | Uint8Array,
    headers: Readonly<Record<string, string>> = { 'content-type': TYPE['1.1'] },
  ): Promise<SoapAnswer> {
    const body = Buffer.from(message as string);
    const lengths = { 'content-length': String(body.length) };
    return new SoapAnswer(await sendRaw(this.url, { path: PATH, headers: { ...lengths, ...headers }, chunks: [body] }));
  }
}
