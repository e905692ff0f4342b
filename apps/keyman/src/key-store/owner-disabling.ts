import type { EntityManager } from 'typeorm';
import type { KeyChanges } from './key-changes.ts';

/**
 * Stops what a disabled user's delegates are signing: from the commit on nothing that was made with his keys is released,
 * and every node looks at them anew. The rows are taken in the order of their keys, as all do that take several.
 *
 * @returns the certificates, for the node itself to forget once this is committed
 */
export async function stopKeysOf(manager: EntityManager, owner: string, changes: KeyChanges): Promise<string[]> {
  const held: { certid: string }[] = await manager.query(
    'SELECT certid FROM certificate WHERE userid = $1 ORDER BY certid FOR UPDATE',
    [owner],
  );
  await manager.query('UPDATE certificate SET version = version + 1 WHERE userid = $1', [owner]);
  for (const { certid } of held) await changes.announce(manager, certid);
  return held.map(({ certid }) => certid);
}
