import { z } from 'zod';

/** What a member is on the wire, whatever the protocol: the XSD type that WCF's data contracts give it. */
export type Scalar = 'string' | 'boolean' | 'int' | 'long' | 'decimal' | 'dateTime' | 'base64Binary';

/**
 * Tells the wire form of a schema where its kind does not: transforms and unions say what they accept, not what they are.
 * - `scalar`: one value;
 * - `object`: the name of the contract's type (manual, chapter 11), where the member's own name does not give it;
 * - `oneOrMany`: in JSON an object or an array of them; SOAP has one of the two, as its type must be one;
 * - `pairs`: `[name, value]` in JSON, `KeyPair {Key, Value}` in SOAP (manual, 10.1).
 */
export type WireForm =
  | { readonly scalar: Scalar }
  | { readonly object: string }
  | { readonly oneOrMany: 'one' | 'many'; readonly of: z.ZodType }
  | { readonly pairs: true };

/** `form` is a WireForm; zod's own type for metadata would rewrite the schema type inside it. */
const forms = z.registry<{ readonly form: unknown }>();

/** Notes a schema's wire form; refinements of it inherit it. */
export function onWire<Schema extends z.ZodType>(form: WireForm, schema: Schema): Schema {
  forms.add(schema, { form });
  return schema;
}

export function wireFormOf(schema: z.ZodType): WireForm | undefined {
  return forms.get(schema)?.form as WireForm | undefined;
}
