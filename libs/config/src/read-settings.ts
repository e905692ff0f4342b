import { readFileSync } from 'node:fs';
import { SettingsProblem } from './settings-problem.ts';
import type { Setting, SettingValue } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Declarations = Readonly<Record<string, Setting>>;
export type Values<Declared extends Declarations> = { readonly [Name in keyof Declared]: SettingValue<Declared[Name]> };

/** Judges settings against each other, in sentences; one that is unset, or wrong by itself, is undefined. */
export type Rule<Declared extends Declarations> = (values: Partial<Values<Declared>>) => readonly string[];

/**
 * Reads all settings at once.
 *
 * @throws SettingsProblem with one sentence for each that is wrong, never with the value of a secret
 */
export function readSettings<Declared extends Declarations>(
  declared: Declared,
  environment: Environment,
  rule: Rule<Declared> = () => [],
): Values<Declared> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(declared)) {
    try {
      values[name] = readOne(each, environment);
    } catch (error) {
      if (!(error instanceof SettingsProblem)) throw error;
      problems.push(...error.sentences);
    }
  }
  problems.push(...rule(values as Partial<Values<Declared>>));
  if (problems.length > 0) throw new SettingsProblem(problems);
  return values as Values<Declared>;
}

function readOne(each: Setting, environment: Environment): unknown {
  const text = textOf(each, environment) ?? each.fallback;
  if (text === undefined) return undefined;
  const parsed = each.schema.safeParse(text);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map((issue) => issue.message).join(', ');
  const shown = each.secret ? '' : ` "${text}"`;
  throw new SettingsProblem([`${each.variable}${shown} is not accepted: it ${why}.`]);
}

/** An empty variable counts as unset: compose files and unit files set what they do not know to "". */
function textOf({ variable, secret }: Setting, environment: Environment): string | undefined {
  const direct = environment[variable];
  const path = secret ? environment[`${variable}_FILE`] : undefined;
  if (path === undefined || path === '') return direct === '' ? undefined : direct;
  if (direct !== undefined && direct !== '')
    throw new SettingsProblem([`${variable} and ${variable}_FILE are both set: keep one.`]);
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    throw new SettingsProblem([`${variable}_FILE names a file that cannot be read: ${path}.`]);
  }
}
