/** One JSON line whose one member is signed as the very bytes that stand there, so that no canonical form is needed. */
export interface SignedLine {
  /** What was signed: UTF-8. */
  readonly signedBytes: Uint8Array;
  readonly value: unknown;
  /** ECDSA-Sig-Value, DER. */
  readonly signature: Uint8Array;
}

/** `{"<member>":<json>,"signature":"<base64>"}` */
export function signedLine(member: string, json: string, signature: Uint8Array): string {
  return `{"${member}":${json},"signature":"${Buffer.from(signature).toString('base64')}"}`;
}

/** Undefined for what is not of that form. */
export function readSignedLine(member: string, line: string): SignedLine | undefined {
  const head = `{"${member}":`;
  const tail = /,"signature":"([A-Za-z0-9+/]{8,200}={0,2})"\}$/.exec(line.slice(-256));
  if (!line.startsWith(head) || tail?.[1] === undefined) return undefined;
  const json = line.slice(head.length, line.length - tail[0].length);
  const value = jsonIn(json);
  if (value === undefined) return undefined;
  return { signedBytes: Buffer.from(json), value, signature: Buffer.from(tail[1], 'base64') };
}

/** The value of a JSON text; undefined for what is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
