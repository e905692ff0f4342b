import {
  type AuditTrail,
  CheckpointFile,
  Checkpointing,
  type CheckpointSigner,
  type CheckpointSink,
  openSyslog,
} from '@cinnabar/audit';
import { systemClock } from '@cinnabar/core';
import { connectDataSource, type DatabaseAddress } from '@cinnabar/persistence';
import { Logger } from '@nestjs/common';
import type { KeymanSettings } from '../settings/index.ts';

/** One for the checkpoint that is being made, one for what is shipped. */
const CONNECTIONS = 2;

/**
 * Has the audit's checkpoints signed by the HSM, and shipped to where the settings say. On connections of its own: Nest
 * ends those for requests before the last checkpoint is made.
 */
export async function startCheckpointing(
  { everyMs, everyRecords, path, syslog }: KeymanSettings['checkpoints'],
  address: DatabaseAddress,
  trail: AuditTrail,
  signer: CheckpointSigner,
): Promise<{ close(): Promise<void> }> {
  const log = new Logger('Audit');
  const sinks: CheckpointSink[] = [new CheckpointFile(path, signer.publicKeySpkiDer)];
  if (syslog !== undefined) sinks.push(await openSyslog(syslog, () => systemClock.now()));
  const dataSource = await connectDataSource(address, {
    applicationName: 'cinnabar checkpoints',
    poolSize: CONNECTIONS,
    entities: [],
  });
  const checkpointing = new Checkpointing({
    dataSource,
    clock: systemClock,
    signer,
    trail,
    everyMs,
    everyRecords,
    sinks,
    onNotice: (sentence) => log.warn(sentence),
  });
  checkpointing.start();
  return {
    close: async () => {
      await checkpointing.close();
      await dataSource.destroy();
    },
  };
}
