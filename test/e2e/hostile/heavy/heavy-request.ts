/** A request that costs its sender nothing but bytes, and might cost the server far more. */
export interface HeavyRequest {
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
  /** Where the token goes: the header `Authentication`, a member of the SOAP request, or nowhere. */
  readonly token: 'header' | 'inside' | 'nowhere';
  /** Bytes of each chunk of the transfer; undefined: one body of an announced length. */
  readonly chunkBytes?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: (sender: Sender) => Buffer;
}

/** Who sends it, and has a key. */
export interface Sender {
  readonly token: string;
  readonly certid: string;
  readonly pin: string;
}

/** What the settings allow a JSON or SOAP body by default. */
export const BODY_LIMIT_BYTES = 64 * 1024 * 1024;

/** `head`, as often `unit` as there is room, `tail`; just within the limit. */
export function filled(head: string, unit: string, tail = '', limitBytes = BODY_LIMIT_BYTES): Buffer {
  const ends = Buffer.byteLength(head) + Buffer.byteLength(tail);
  const unitBytes = Buffer.from(unit);
  const times = Math.floor((limitBytes - ends) / unitBytes.length);
  return Buffer.concat([Buffer.from(head), Buffer.alloc(times * unitBytes.length, unitBytes), Buffer.from(tail)]);
}

/** A text made of `count` numbered pieces. */
export function numbered(count: number, piece: (index: number) => string, separator = ''): string {
  return Array.from({ length: count }, (_, index) => piece(index)).join(separator);
}
