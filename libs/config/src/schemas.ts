import { z } from 'zod';

/** A text that is not empty. */
export const words = () => z.string().min(1, 'is empty');

/** A whole number between bounds, both allowed. */
export const count = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, `is not a whole number`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be from ${least} to ${most}`);

/** `true` or `false`, also as `1`, `0`, `yes`, `no`. */
export const yesOrNo = () =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no'], 'is neither true nor false'))
    .transform((word) => ['true', '1', 'yes'].includes(word));

/** One of a closed list of words. */
export const choice = <const Words extends readonly [string, ...string[]]>(listed: Words) =>
  z.enum(listed, `is none of ${listed.join(', ')}`) as unknown as z.ZodType<Words[number], string>;

/** Words parted by commas. */
export const list = () =>
  z.string().transform((text) =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  );
