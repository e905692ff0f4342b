const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/** Parses JSON in UTF-8, with or without a byte order mark; an empty body is null. */
export function parseJson(body: Uint8Array): unknown {
  const text = decoder.decode(body);
  return text.trim() === '' ? null : (JSON.parse(text) as unknown);
}
