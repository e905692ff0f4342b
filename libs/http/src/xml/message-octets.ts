import { isAscii, isUtf8 } from 'node:buffer';
import { REFERRED_RETURN } from './character-references.ts';
import { XmlProblem } from './xml-element.ts';

/** XML 1.0 section 2.2: control characters that no document has. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
/** U+FFFE and U+FFFF, which no document has either. */
const NO_CHARACTERS = [Buffer.of(0xef, 0xbf, 0xbe), Buffer.of(0xef, 0xbf, 0xbf)];
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const REFERRED = REFERRED_RETURN.charCodeAt(0);

/**
 * A message as a text whose characters are its octets: all that XML means by itself is ASCII, and one name beyond Latin
 * would make a text of 60 MB of base64 twice as large and several times as slow to look at.
 *
 * @throws XmlProblem what is not UTF-8, or holds a character that XML does not have
 */
export function octetsOf(message: Uint8Array): string {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (!isAscii(bytes)) {
    if (!isUtf8(bytes)) throw new XmlProblem('the message is not UTF-8');
    if (NO_CHARACTERS.some((each) => bytes.includes(each))) throw noCharacter();
  }
  const octets = bytes.toString('latin1');
  if (FORBIDDEN.test(octets)) throw noCharacter();
  return octets.startsWith(BYTE_ORDER_MARK) ? octets.slice(BYTE_ORDER_MARK.length) : octets;
}

/** The text of some octets, with each line end as one line feed (section 2.11). */
export function textOf(octets: string): string {
  const bytes = Buffer.from(octets, 'latin1');
  if (!octets.includes('\r') && !octets.includes(REFERRED_RETURN)) return bytes.toString();
  let length = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const octet = bytes[index] ?? 0;
    if (octet === CARRIAGE_RETURN) {
      if (bytes[index + 1] !== LINE_FEED) bytes[length++] = LINE_FEED;
    } else bytes[length++] = octet === REFERRED ? CARRIAGE_RETURN : octet;
  }
  return bytes.toString('utf8', 0, length);
}

function noCharacter(): XmlProblem {
  return new XmlProblem('there is a character that XML does not have');
}
