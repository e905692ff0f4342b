import { z } from 'zod';

/** One setting: where it comes from, what it may be, and what it is for. */
export interface Setting<Value = unknown> {
  /** Name of the environment variable. */
  readonly variable: string;
  /** One sentence for docs/settings.md. */
  readonly summary: string;
  /** Reads the text; its issue messages go on from "X is not accepted: it …". */
  readonly schema: z.ZodType<Value, string>;
  /** Text that stands where the variable is unset; undefined: the value is then undefined. */
  readonly fallback: string | undefined;
  /** What the documentation prints as default, where the text alone says too little. */
  readonly fallbackNote: string | undefined;
  /** A secret may also be named as a file (`X_FILE`), and its value is never printed. */
  readonly secret: boolean;
}

interface SettingOptions {
  readonly summary: string;
  readonly fallbackNote?: string;
  readonly secret?: boolean;
}

type Fallback = { readonly fallback: string };

/** A setting with a default. */
export function setting<Value>(
  variable: string,
  schema: z.ZodType<Value, string>,
  options: SettingOptions & Fallback,
): Setting<Value>;
/** A setting that may be left out. */
export function setting<Value>(
  variable: string,
  schema: z.ZodType<Value, string>,
  options: SettingOptions,
): Setting<Value | undefined>;
export function setting<Value>(
  variable: string,
  schema: z.ZodType<Value, string>,
  options: SettingOptions & Partial<Fallback>,
): Setting<Value | undefined> {
  const { summary, fallback, fallbackNote, secret = false } = options;
  return { variable, schema, summary, fallback, fallbackNote, secret };
}

/** The value that a setting yields. */
export type SettingValue<Each> = Each extends Setting<infer Value> ? Value : never;
