import { parseArgs } from 'node:util';
import { type Examined, Retirement } from '@cinnabar/audit';
import { CodedError, systemClock } from '@cinnabar/core';
import { startRefusal } from '@cinnabar/persistence';
import { openAudit, type OpenAudit } from '../audit-tools/open-audit.ts';
import { toolFailure } from '../audit-tools/tool-failure.ts';
import { provedExports } from './proved-exports.ts';

const HELP = `bin/audit-retire --export FILE… [--chain N] [--yes]: removes audit chains under retention. Without --yes it only tells what it would do.

A chain is removed whole, and only if
  - its process is gone, or went on with another chain, and no record waits for its link (KEYMAN_AUDIT_CHAIN_DAYS);
  - every hash in it is right;
  - its newest record is older than KEYMAN_AUDIT_RETENTION_DAYS (unset: nothing is ever removed);
  - an export that is given holds all of it, signed by the HSM's audit key (bin/audit-export);
  - a checkpoint of that key covers its last link.
A signed tombstone stays, which bin/audit-verify accepts; the removal is recorded in the audit.

It works as the role that owns the tables: the server's cannot delete. With DATABASE_URL, DATABASE_MIGRATION_URL names that role.

  --export FILE   an export of the audit; may be given several times
  --chain N       look at this chain only
  --yes           remove
  --help          print this

Exit code: 0 done (or, without --yes, told), 2 could not be done.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      export: { type: 'string', multiple: true },
      chain: { type: 'string' },
      yes: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.chain !== undefined && !/^[1-9]\d{0,17}$/.test(values.chain)) {
    throw new CodedError('invalid-parameter', `--chain "${values.chain}" is not a chain's number.`);
  }
  const audit = await openAudit('audit-retire');
  try {
    const retirement = await openRetirement(audit, values.export ?? []);
    try {
      await retire(retirement, { only: values.chain, acts: values.yes === true });
    } finally {
      await retirement.close();
    }
  } finally {
    await audit.close();
  }
  return 0;
}

async function openRetirement(audit: OpenAudit, exportPaths: readonly string[]): Promise<Retirement> {
  const { database, signer, trail, retentionDays, by } = audit;
  if (retentionDays === undefined) {
    throw startRefusal('KEYMAN_AUDIT_RETENTION_DAYS is not set: the audit is kept for ever.');
  }
  if (database.owner === undefined) {
    throw startRefusal('Set DATABASE_MIGRATION_URL to the role that owns the schema: the server’s role cannot delete.');
  }
  return await Retirement.open({
    owner: database.owner,
    clock: systemClock,
    signer,
    retentionDays,
    exports: await provedExports(exportPaths, signer.publicKeySpkiDer),
    by,
    trail,
  });
}

interface Wish {
  readonly only: string | undefined;
  readonly acts: boolean;
}

async function retire(retirement: Retirement, { only, acts }: Wish): Promise<void> {
  let found = 0;
  let ready = 0;
  for await (const examined of retirement.examine()) {
    if (only !== undefined && examined.chain !== only) continue;
    found += 1;
    const last = acts && examined.obstacles.length === 0 ? await retirement.remove(BigInt(examined.chain)) : examined;
    if (last.obstacles.length === 0) ready += 1;
    process.stdout.write(chainText(last, acts));
  }
  if (only !== undefined && found === 0) throw new CodedError('not-found', `There is no chain ${only}.`);
  const what = acts ? 'removed' : 'may be removed';
  const hint = !acts && ready > 0 ? ' Nothing was touched; --yes removes.' : '';
  process.stdout.write(`${ready} of ${found} chains ${what}.${hint}\n`);
}

function chainText({ chain, records, newestAt, obstacles }: Examined, acts: boolean): string {
  const extent = `Chain ${chain}: ${records} records, the newest of ${newestAt}`;
  if (obstacles.length === 0) return `${extent}: ${acts ? 'removed' : 'may be removed'}.\n`;
  return `${extent}: stays.\n${obstacles.map(({ kind, detail }) => `  ${detail} [${kind}]\n`).join('')}`;
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`The audit's retention could not be carried out. ${toolFailure(error)}\n`);
    process.exitCode = 2;
  },
);
