import { systemClock } from '@cinnabar/core';
import { createNextHmacKey, createNextKeyEncryptionKey, listRootKeys } from '@cinnabar/custody/pkcs11';
import { startRefusal } from '@cinnabar/persistence';
import { inTokenTurn } from '../root-keys/prepare-token.ts';
import { announceRootKeys } from '../root-keys/root-key-news.ts';
import { registeredRootKeys, registerRootKeys, rootKeyUses } from '../root-keys/root-key-registry.ts';
import { missingText, tokenFit } from '../root-keys/token-fit.ts';
import type { NewKeyOrder } from './keys-options.ts';
import { keysRecord, recordingRefusals, type KeysNote, type KeysTool } from './keys-tool.ts';

/**
 * Makes the next KEK or HMAC key, with a number that was never given out before, and tells running nodes. The record is
 * committed with what the database learns of the key; a token that fails leaves neither.
 */
export async function newKey(tool: KeysTool, { kind }: NewKeyOrder): Promise<void> {
  const { dataSource, token, auditTrail } = tool;
  let note: KeysNote = { action: 'New', actiondata: kind };
  const ticket = await recordingRefusals(
    tool,
    () => note,
    () =>
      inTokenTurn(dataSource, async (transaction) => {
        const registered = await registeredRootKeys(transaction);
        const uses = await rootKeyUses(transaction);
        const { strangers, missing } = tokenFit(await listRootKeys(token), registered, uses);
        const [first] = missing;
        if (strangers.length > 0 || first !== undefined) {
          const why = first === undefined ? `${strangers.join(', ')} are other keys of that name` : missingText(first);
          throw startRefusal(`This token is not the one that belongs to the database: ${why}. Restore it first.`);
        }
        const above = Math.max(0, ...registered.filter((key) => key.kind === kind).map(({ version }) => version));
        const create = kind === 'kek' ? createNextKeyEncryptionKey : createNextHmacKey;
        const label = await create(token, above);
        note = { ...note, actiondata: label };
        await registerRootKeys(transaction, await listRootKeys(token), systemClock.now());
        await announceRootKeys(transaction);
        return auditTrail.append(transaction, keysRecord(note));
      }),
  );
  await auditTrail.seal(ticket);
  tool.tell(`${note.actiondata ?? kind} made; running servers use it from now on`);
  tool.tell(
    kind === 'kek'
      ? 'present keys move there when their owners next unlock them; bin/keys list --kek shows what is left'
      : 'present PINs stay with the former key until they are next set',
  );
}
