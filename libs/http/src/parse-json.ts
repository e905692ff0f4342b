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
  let left = MAX_VALUES;
  for (const mark of [COMMA, OPENING_BRACKET, OPENING_BRACE]) {
    // Node looks for one byte many times as fast as a loop over all of them does.
    for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + 1)) {
      left -= 1;
      if (left < 0) return true;
    }
  }
  return false;
}
