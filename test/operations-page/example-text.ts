/** Longest value that a page shows whole. */
const SHOWN_MAX = 72;

const cut = (text: string) => (text.length > SHOWN_MAX ? `${text.slice(0, 48)}…` : text);

/** JSON for people: indented, long texts cut. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => (typeof member === 'string' ? cut(member) : member), 2);
}

/** XML for people: an element a line, long contents cut. Our messages have elements or text in an element, never both. */
export function xmlText(message: string): string {
  const lines: string[] = [];
  let depth = 0;
  for (const [piece] of message.matchAll(/<\?[^>]*>|<\/[^>]*>|<[^>]*\/>|<[^>]*>[^<]*<\/[^>]*>|<[^>]*>/g)) {
    const leaf = /^(<[^/?][^>]*>)([^<]*)(<\/[^>]*>)$/.exec(piece);
    if (piece.startsWith('</')) depth -= 1;
    lines.push(`${'  '.repeat(depth)}${leaf === null ? piece : `${leaf[1]}${cut(leaf[2] ?? '')}${leaf[3]}`}`);
    if (leaf === null && /^<[^/?]/.test(piece) && !piece.endsWith('/>')) depth += 1;
  }
  return lines.join('\n');
}
