/**
 * Decodes strict base64 (RFC 4648 section 4), white space apart.
 * Buffer skips what is not of the alphabet, so the length tells whether all of it was. Texts may be 60 MB long and hostile:
 * no piece of them is looked at more than a few times, and nothing is made of each.
 */
export function decodeBase64(encoded: string): Uint8Array | undefined {
  // Buffer takes these two for + and /.
  if (encoded.includes('-') || encoded.includes('_')) return undefined;
  const decoded = Buffer.from(encoded, 'base64');
  const padded = Math.ceil(decoded.length / 3) * 4;
  // Only white space may make it longer, and nobody writes more of it than of the rest.
  if (encoded.length > 2 * padded + 1024) return undefined;
  if (encoded.length < padded || (encoded.length > padded && encoded.length - countSpaces(encoded) !== padded))
    return undefined;
  return paddingOf(encoded) === (3 - (decoded.length % 3)) % 3 ? decoded : undefined;
}

function paddingOf(encoded: string): number {
  let padding = 0;
  for (let index = encoded.length - 1; index >= 0; index -= 1) {
    if (encoded[index] === '=') padding += 1;
    else if (!isSpace(encoded.charCodeAt(index))) break;
  }
  return padding;
}

function countSpaces(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) if (isSpace(text.charCodeAt(index))) count += 1;
  return count;
}

/** Space, tab, line feed, vertical tab, form feed, carriage return. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
