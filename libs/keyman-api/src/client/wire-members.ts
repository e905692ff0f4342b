import { decodeBase64 } from '@cinnabar/core';
import { z } from 'zod';
import { isRecord } from '../request-shapes.ts';

/** A request as JSON: bytes as base64, moments as ISO 8601. @throws RangeError for a Date that is none */
export function toJsonText(request: unknown): string {
  return JSON.stringify(request, function (this: Readonly<Record<string, unknown>>, name: string, value: unknown) {
    // Buffer and Date have turned themselves into something else in `value` already.
    const original = this[name];
    if (original instanceof Uint8Array)
      return Buffer.from(original.buffer, original.byteOffset, original.byteLength).toString('base64');
    return original instanceof Date ? original.toISOString() : value;
  });
}

/** Decodes those members of an answer that its declaration has as bytes; what is no base64 is left for validation to refuse. */
export function decodeBytes(schema: z.ZodType, value: unknown): unknown {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodObject && isRecord(value)) {
    const shape = inner.shape as Readonly<Record<string, z.ZodType>>;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => {
        const declared = Object.hasOwn(shape, name) ? shape[name] : undefined;
        return [name, declared === undefined ? member : decodeBytes(declared, member)];
      }),
    );
  }
  if (inner instanceof z.ZodArray && Array.isArray(value))
    return value.map((item) => decodeBytes(inner.element as z.ZodType, item));
  return typeof value === 'string' && takesBytes(inner) ? (decodeBase64(value) ?? value) : value;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.unwrap() as z.ZodType;
  return inner;
}

const knownKinds = new WeakMap<z.ZodType, boolean>();

/** A member is bytes if its schema takes bytes and no text; there is no other mark on it. */
function takesBytes(schema: z.ZodType): boolean {
  const known = knownKinds.get(schema);
  if (known !== undefined) return known;
  const takes = schema.safeParse(new Uint8Array()).success && !schema.safeParse('').success;
  knownKinds.set(schema, takes);
  return takes;
}
