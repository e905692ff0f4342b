import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Characters that JSON, URLs and SQL write differently, so that an escaped leak is another text than a plain one. */
const SPECIAL = `"'\\ä`;

/** A secret of a test, found by its text alone; `name` is what a failure shows. */
export interface Secret {
  readonly name: string;
  readonly text: string;
}

/** A secret that occurs nowhere else. */
export function secretCalled(name: string): Secret {
  return { name, text: `Zx${name}9${SPECIAL}7Qw` };
}

interface Form {
  /** `PIN (hex)`. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every form in which a leak would stand in a text or a file. */
function formsOf({ name, text }: Secret): Form[] {
  const utf8 = Buffer.from(text, 'utf8');
  const json = JSON.stringify(text).slice(1, -1);
  const texts = {
    plain: text,
    JSON: json,
    'JSON in JSON': JSON.stringify(json).slice(1, -1),
    'JSON in ASCII': json.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    URL: encodeURIComponent(text),
    form: new URLSearchParams({ v: text }).toString().slice(2),
    SQL: text.replaceAll("'", "''"),
    inspected: text.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
    hex: utf8.toString('hex'),
    'upper-case hex': utf8.toString('hex').toUpperCase(),
    ...base64At(utf8),
  };
  const forms = Object.entries(texts).map(([form, each]): [string, Buffer] => [form, Buffer.from(each, 'utf8')]);
  forms.push(['UTF-16', Buffer.from(text, 'utf16le')], ['Latin-1', Buffer.from(text, 'latin1')]);
  const distinct = new Map(
    forms.map(([form, bytes]) => [bytes.toString('latin1'), { name: `${name} (${form})`, bytes }]),
  );
  return [...distinct.values()];
}

/** Base64 of something that holds the secret depends on where in it the secret begins, modulo three. */
function base64At(utf8: Buffer): Record<string, string> {
  const forms: Record<string, string> = {};
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), utf8]).toString('base64');
    // Characters that also depend on its neighbours are cut off.
    const certain = encoded.slice(offset === 0 ? 0 : offset + 1, -4);
    forms[`base64 at ${offset}`] = certain;
    forms[`base64url at ${offset}`] = certain.replaceAll('+', '-').replaceAll('/', '_');
  }
  return forms;
}

/** Which secrets occur in these bytes, and in which form. */
export function secretsIn(content: Buffer | string, secrets: readonly Secret[]): string[] {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  return secrets.flatMap(formsOf).flatMap((form) => (bytes.includes(form.bytes) ? [form.name] : []));
}

/** `file: secret (form)` for all files below a folder, but those that `isMeantToHold` names (paths relative to the folder). */
export function secretsBelow(
  folder: string,
  secrets: readonly Secret[],
  isMeantToHold: (path: string) => boolean,
): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(folder.length + 1);
    if (!entry.isFile() || isMeantToHold(relative)) return [];
    return secretsIn(readFileSync(path), secrets).map((found) => `${relative}: ${found}`);
  });
}
