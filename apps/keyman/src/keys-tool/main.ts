import { SettingsProblem } from '@cinnabar/config';
import { CodedError } from '@cinnabar/core';
import { sqlStateOf } from '@cinnabar/persistence';
import { turnOffCoreDumps } from '../no-core-dumps.ts';
import { readKeymanSettings } from '../settings/index.ts';
import { destroyKey } from './destroy-key.ts';
import { HELP, readOrder, type KeysOrder } from './keys-options.ts';
import { withKeysTool, type KeysTool } from './keys-tool.ts';
import { listKeys } from './list-keys.ts';
import { newKey } from './new-key.ts';

const EXIT = { done: 0, refused: 1, failed: 2 } as const;

async function main(): Promise<number> {
  const order = readOrder(process.argv.slice(2));
  if (order === 'help') {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  await turnOffCoreDumps();
  const tell = (line: string) => process.stdout.write(`${line}\n`);
  return await withKeysTool(readKeymanSettings(process.env), tell, async (tool) => {
    try {
      await obey(tool, order);
      return EXIT.done;
    } catch (error) {
      if (!CodedError.is(error) || error.fault !== 'caller') throw error;
      process.stderr.write(`refused: ${error.message}\n`);
      return EXIT.refused;
    }
  });
}

function obey(tool: KeysTool, order: KeysOrder): Promise<void> {
  switch (order.command) {
    case 'list':
      return listKeys(tool, order);
    case 'new':
      return newKey(tool, order);
    case 'destroy':
      return destroyKey(tool, order);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof SettingsProblem || CodedError.is(error)) return error.message;
  if (sqlStateOf(error) === '42P01') return 'The database is not of this version yet: start keyman once.';
  return error instanceof Error ? error.message : String(error);
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`failed: ${reasonOf(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);
