import { request, type IncomingHttpHeaders } from 'node:http';

export interface RawCall {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent one after another; without a `content-length` header they go chunked. */
  readonly chunks?: readonly Uint8Array[];
  /** Whether the body ends; otherwise the client waits for the answer with the rest unsent. */
  readonly ends?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** HTTP with what `fetch` does not let one say: lengths, chunks, bodies that never end. */
export function sendRaw(url: string, call: RawCall): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const { method = 'POST', path, headers = {}, chunks = [], ends = true } = call;
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        sent.destroy();
      });
    });
    // A server that answers early closes: what arrived before that counts.
    sent.on('error', reject);
    for (const chunk of chunks) sent.write(chunk);
    if (ends) sent.end();
    else sent.flushHeaders();
  });
}

export function errorOf(answer: RawAnswer): { code: string; message: string } {
  return (JSON.parse(answer.text) as { error: { code: string; message: string } }).error;
}
