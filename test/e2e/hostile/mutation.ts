import fc from 'fast-check';
import { HOSTILE_NAMES, hostileValue, JsonText } from './hostile-values.ts';

export type Members = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** What is done to a valid request, at one place. */
export interface Mutation {
  readonly kind: 'replace' | 'wrap' | 'remove' | 'add' | 'twice';
  readonly path: Path;
  readonly name: string;
  readonly value: unknown;
}

/** A mutation of any place of a request, the request itself included. */
export function mutationOf(request: Members): fc.Arbitrary<Mutation> {
  return fc.record({
    kind: fc.oneof(
      { arbitrary: fc.constant('replace' as const), weight: 10 },
      { arbitrary: fc.constantFrom('wrap' as const, 'remove' as const, 'add' as const, 'twice' as const), weight: 4 },
    ),
    path: fc.constantFrom(...pathsOf(request)),
    name: fc.oneof(fc.constantFrom(...HOSTILE_NAMES), fc.string({ maxLength: 12 })),
    value: hostileValue,
  });
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, each]) => pathsOf(each, [...path, name]))
      : [];
  return [path, ...inner];
}

/** The request after it, as JSON text. */
export function mutatedJson(request: Members, mutation: Mutation): string {
  return jsonOf(request, mutation, []);
}

function jsonOf(value: unknown, mutation: Mutation, path: Path): string {
  const isHere = path.length === mutation.path.length && path.every((each, index) => each === mutation.path[index]);
  if (isHere && mutation.kind === 'replace') return textOf(mutation.value);
  if (isHere && mutation.kind === 'wrap') return `[${textOf(value)}]`;
  if (Array.isArray(value))
    return `[${value.map((each, index) => jsonOf(each, mutation, [...path, String(index)])).join(',')}]`;
  if (typeof value !== 'object' || value === null) return textOf(value);
  const members = Object.entries(value).flatMap(([name, each]) => {
    const member = `${JSON.stringify(name)}:${jsonOf(each, mutation, [...path, name])}`;
    const isMeant = isAt(mutation.path, [...path, name]);
    if (isMeant && mutation.kind === 'remove') return [];
    return isMeant && mutation.kind === 'twice'
      ? [member, `${JSON.stringify(name)}:${textOf(mutation.value)}`]
      : [member];
  });
  if (isHere && mutation.kind === 'add') members.unshift(`${JSON.stringify(mutation.name)}:${textOf(mutation.value)}`);
  return `{${members.join(',')}}`;
}

const isAt = (one: Path, other: Path) =>
  one.length === other.length && one.every((each, index) => each === other[index]);

function textOf(value: unknown): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value);
}

/** The request after it, as the inside of a SOAP request. */
export function mutatedXml(request: Members, mutation: Mutation): string {
  // What JSON cannot say twice, or as such a number, SOAP says as text.
  let value: unknown;
  try {
    value = JSON.parse(mutatedJson(request, mutation));
  } catch {
    value = mutation.name;
  }
  return xmlOf(value);
}

/** As XML Schema writes it, where JSON and it agree. */
const textual = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function xmlOf(value: unknown): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map((each) => `<k:string>${xmlOf(each)}</k:string>`).join('');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, each]) => (each === null ? `<k:${name} xsi:nil="true"/>` : `<k:${name}>${xmlOf(each)}</k:${name}>`))
      .join('');
  }
  return textual(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
