import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { startRefusal, writePrivateFile } from '@cinnabar/persistence';
import { z } from 'zod';

export const DUMP = 'database.dump';
export const TOKEN = 'softhsm';
export const CHECKPOINTS = 'audit-checkpoints.jsonl';
const MANIFEST = 'manifest.json';

const manifest = z.object({
  format: z.literal(1),
  madeAt: z.string(),
  dumpSha256: z.string(),
  /** Labels of the root keys that the token had. */
  rootKeys: z.array(z.string()),
  /** Is the token in the backup, or to be backed up by the HSM's own means? */
  hasToken: z.boolean(),
});

/** What a backup says of itself; written last, so that one without it is not whole. */
export type BackupManifest = z.output<typeof manifest>;

export async function writeManifest(folder: string, content: BackupManifest): Promise<void> {
  await writePrivateFile(join(folder, MANIFEST), `${JSON.stringify(content, null, 2)}\n`);
}

/** @throws CodedError with a sentence where the folder is no whole backup, or its dump is not the one that was made */
export async function readManifest(folder: string): Promise<BackupManifest> {
  let content: BackupManifest;
  try {
    content = manifest.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')));
  } catch (error) {
    throw startRefusal(`${folder} is not a whole backup: its ${MANIFEST} cannot be read.`, error);
  }
  if ((await sha256Of(join(folder, DUMP))) !== content.dumpSha256) {
    throw startRefusal(`${join(folder, DUMP)} is damaged: it is not the dump that the backup was made with.`);
  }
  return content;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
