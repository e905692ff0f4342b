import { findAuditSigningKey, listRootKeys } from '@cinnabar/custody/pkcs11';
import { registeredRootKeys, rootKeyUses } from '../root-keys/root-key-registry.ts';
import { countText, labelOf } from '../root-keys/token-fit.ts';
import type { ListOrder } from './keys-options.ts';
import { keysRecord, type KeysTool } from './keys-tool.ts';

type Place = 'current' | 'old' | 'missing' | 'lost' | 'destroyed';

interface ListedKey {
  readonly kind: 'kek' | 'hmac' | 'audit';
  readonly version: number;
  readonly label: string;
  /** Keys or slots that name it. */
  readonly uses: number;
  readonly state: Place;
}

const MEANING: Readonly<Record<Place, string>> = {
  current: 'current',
  old: 'old',
  missing: 'NOT ON THE TOKEN: cannot be opened',
  lost: 'destroyed: lost',
  destroyed: 'destroyed',
};

/** Tells the root keys on the token, those that the database names besides, and what hangs on each. */
export async function listKeys(tool: KeysTool, { onlyKeks, json }: ListOrder): Promise<void> {
  const keys = (await rootKeys(tool)).filter(({ kind }) => !onlyKeks || kind === 'kek');
  await tool.auditTrail.seal(keysRecord({ action: 'List' }));
  if (json) tool.tell(JSON.stringify(keys, null, 2));
  else for (const line of table(keys)) tool.tell(line);
}

async function rootKeys({ token, dataSource }: KeysTool): Promise<ListedKey[]> {
  const onToken = await listRootKeys(token);
  const uses = await rootKeyUses(dataSource);
  const registered = await registeredRootKeys(dataSource);
  const listed = (['kek', 'hmac'] as const).flatMap((kind) => {
    const of = <Key extends { kind: string }>(keys: readonly Key[]) => keys.filter((key) => key.kind === kind);
    const present = of(onToken).map(({ version }) => version);
    const retired = of(registered).filter(({ retiredAt }) => retiredAt !== null);
    const versions = new Set([
      ...present,
      ...of(uses).map(({ version }) => version),
      ...retired.map((key) => key.version),
    ]);
    return [...versions]
      .toSorted((one, other) => one - other)
      .map((version): ListedKey => {
        const count = of(uses).find((use) => use.version === version)?.uses ?? 0;
        const isRetired = retired.some((key) => key.version === version);
        const state = present.includes(version)
          ? version === Math.max(...present)
            ? 'current'
            : 'old'
          : isRetired
            ? count > 0
              ? 'lost'
              : 'destroyed'
            : 'missing';
        return { kind, version, label: labelOf(kind, version), uses: count, state };
      });
  });
  const label = await findAuditSigningKey(token);
  return label === undefined ? listed : [...listed, { kind: 'audit', version: 1, label, uses: 0, state: 'current' }];
}

function table(keys: readonly ListedKey[]): string[] {
  const rows = keys.map(({ kind, label, uses, state }) => [
    label,
    kind === 'audit' ? 'signs checkpoints' : countText(kind, uses),
    state === 'old' && kind === 'kek' && uses > 0 ? 'old: moves at the owners’ next unlock' : MEANING[state],
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
