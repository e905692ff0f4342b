const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Values that one body may hold; the contract's largest lists have a thousand. Beyond it, building the values, and
 * handing them from one thread to another, stops whoever does it for seconds.
 */
const MAX_VALUES = 20_000;

/** Said of a body with too many values; its text crosses threads. */
export const TOO_MANY_VALUES = `the body holds more than ${MAX_VALUES} values`;

const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

/**
 * Parses JSON in UTF-8, with or without a byte order mark; an empty body is null.
 *
 * @throws RangeError {@link TOO_MANY_VALUES}, before anything is built; SyntaxError, TypeError for what is no JSON, no UTF-8
 */
export function parseJson(body: Uint8Array): unknown {
  if (mayHoldTooMany(body)) throw new RangeError(TOO_MANY_VALUES);
  const text = decoder.decode(body);
  return text.trim() === '' ? null : (JSON.parse(text) as unknown);
}

/** Each value but the first follows a comma or stands in a bracket; those within texts count too, and are few in what we read. */
function mayHoldTooMany(body: Uint8Array): boolean {
  if (body.length <= MAX_VALUES) return false;
  let marks = 0;
  for (let index = 0; index < body.length; index += 1) {
    const octet = body[index];
    if (octet !== COMMA && octet !== OPENING_BRACKET && octet !== OPENING_BRACE) continue;
    marks += 1;
    if (marks > MAX_VALUES) return true;
  }
  return false;
}
