import { CodedError, systemClock } from '@cinnabar/core';
import { destroyRootKey, listRootKeys } from '@cinnabar/custody/pkcs11';
import type { SqlRunner } from '@cinnabar/persistence';
import { inTokenTurn } from '../root-keys/prepare-token.ts';
import { announceRootKeys } from '../root-keys/root-key-news.ts';
import { lockRootKeys, registeredRootKeys, retireRootKey, rootKeyUses } from '../root-keys/root-key-registry.ts';
import { countText, labelOf } from '../root-keys/token-fit.ts';
import { askConsent, readConsent, twoPeople, type Consent } from './consent.ts';
import type { DestroyOrder } from './keys-options.ts';
import { keysRecord, recordingRefusals, type KeysNote, type KeysTool } from './keys-tool.ts';
import { abandonKeysUnder } from './lost-keys.ts';
import { openTerminal } from './terminal.ts';

/**
 * Destroys a root key: at zero uses, or a KEK with the keys under it where two people want that.
 *
 * First the database retires it, in one transaction with the audit record, after everybody who was storing something
 * under it is done and counted; from then on nothing can be stored under it. Then the token destroys it. A failure in
 * between leaves a retired key, and the same command goes on from there.
 */
export async function destroyKey(tool: KeysTool, order: DestroyOrder): Promise<void> {
  const { kind, version } = order;
  const label = labelOf(kind, version);
  let note: KeysNote = { action: 'Destroy', actiondata: label };
  await recordingRefusals(
    tool,
    () => note,
    async () => {
      await requireDestroyable(tool, order);
      if (!(await isRetired(tool.dataSource, order))) {
        const lost = await usesOf(tool.dataSource, order);
        if (lost > 0 && kind === 'hmac') throw refused(`sealed by ${label}: ${countText(kind, lost)}`);
        if (lost > 0 && !order.loseKeys) {
          throw refused(`still under ${label}: ${countText(kind, lost)}; --help tells what can be done`);
        }
        for (const line of warning(order, lost)) tool.tell(line);
        note = { ...note, ...(await consentTo(tool, order, lost)) };
        await retire(tool, order, lost, note);
      }
      await destroyRootKey(tool.token, kind, version);
    },
  );
  tool.tell(`${label} is destroyed`);
}

async function requireDestroyable({ token }: KeysTool, { kind, version }: DestroyOrder): Promise<void> {
  const versions = (await listRootKeys(token)).filter((key) => key.kind === kind).map((key) => key.version);
  if (!versions.includes(version)) throw new CodedError('not-found', `the token has no key ${labelOf(kind, version)}`);
  if (version === Math.max(...versions)) {
    throw refused(`${labelOf(kind, version)} is the newest of its kind and cannot be destroyed`);
  }
}

async function isRetired(database: SqlRunner, { kind, version }: DestroyOrder): Promise<boolean> {
  const known = (await registeredRootKeys(database)).find((key) => key.kind === kind && key.version === version);
  return known !== undefined && known.retiredAt !== null;
}

async function usesOf(database: SqlRunner, { kind, version }: DestroyOrder): Promise<number> {
  return (await rootKeyUses(database)).find((use) => use.kind === kind && use.version === version)?.uses ?? 0;
}

function warning({ kind, version }: DestroyOrder, lost: number): string[] {
  const label = labelOf(kind, version);
  return [
    `Destroying ${label} CANNOT BE UNDONE.`,
    ...(lost === 0
      ? ['Nothing in this database names it.']
      : [`${countText(kind, lost)} under it will be LOST FOR GOOD; their certificates are disabled.`]),
    `What older backups of the database hold under it can never be opened again, unless a backup of the token has ${label}.`,
  ];
}

/** `destroy kek 1 and lose 3 keys`: nobody types that by chance, nor for another number than he was told. */
function phraseFor({ kind, version }: DestroyOrder, lost: number): string {
  return lost === 0 ? `destroy ${kind} ${version}` : `destroy ${kind} ${version} and lose ${countText(kind, lost)}`;
}

async function consentTo(tool: KeysTool, order: DestroyOrder, lost: number): Promise<Pick<KeysNote, 'by' | 'info'>> {
  const phrase = phraseFor(order, lost);
  if (lost === 0) {
    if (!order.confirmed && (await openTerminal().ask(`type "${phrase}": `)) !== phrase) throw refused('not confirmed');
    return { info: 'nothing was left that names it' };
  }
  if (order.reason === undefined) throw new CodedError('insufficient-parameters', '--reason');
  const by = await twoPeople(tool, consents(order, phrase), phrase);
  return { by, info: `${countText(order.kind, lost)} lost; consent of ${by.join(' and ')}; reason: ${order.reason}` };
}

async function* consents({ consentFiles }: DestroyOrder, phrase: string): AsyncGenerator<Consent> {
  for (const path of consentFiles) yield readConsent(path);
  if (consentFiles.length > 0) return;
  const terminal = openTerminal();
  for (const place of ['first', 'second']) yield await askConsent(terminal, place, phrase);
}

async function retire(tool: KeysTool, order: DestroyOrder, confirmed: number, note: KeysNote): Promise<void> {
  const { kind, version } = order;
  const ticket = await inTokenTurn(tool.dataSource, async (transaction) => {
    await lockRootKeys(transaction);
    const lost = await usesOf(transaction, order);
    if (lost !== confirmed) {
      throw refused(`meanwhile ${countText(kind, lost)} name it and not ${confirmed}: nothing was destroyed`);
    }
    await retireRootKey(transaction, kind, version, systemClock.now());
    if (lost > 0) await abandonKeysUnder(transaction, version, note.by ?? []);
    await announceRootKeys(transaction);
    return tool.auditTrail.append(transaction, keysRecord(note));
  });
  await tool.auditTrail.seal(ticket);
}

function refused(why: string): CodedError {
  return new CodedError('refused-in-state', why);
}
