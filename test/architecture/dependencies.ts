import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { dependencyRules } from './rules.ts';

/** One import that the layer table does not allow. */
export interface Breach {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

const ROOTS = ['apps', 'libs', 'prisma-less-migrations', 'test', 'bench'];

/**
 * Reads every import of the sources below the current folder (types included) and judges them by the rules.
 * dependency-cruiser works on the process's current folder; the caller has to be in the repository's root.
 */
export async function breaches(): Promise<readonly Breach[]> {
  const rules = dependencyRules();
  const { output } = await cruise(
    ROOTS.filter((root) => existsSync(join(process.cwd(), root))),
    {
      ruleSet: { forbidden: rules },
      validate: true,
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '(^|/)(dist|var|coverage|target)/' },
    },
    { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.js'] },
  );
  const result = output as ICruiseResult;
  return result.summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    from,
    to: cycle === undefined ? to : cycle.map(({ name }) => name).join(' → '),
    why: rules.find(({ name }) => name === rule.name)?.comment ?? '',
  }));
}
