import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { type AuditTrail, exportAudit, type ExportExtent, type ExportRange } from '@cinnabar/audit';
import { systemClock } from '@cinnabar/core';
import { openAudit } from '../audit-tools/open-audit.ts';
import { toolFailure } from '../audit-tools/tool-failure.ts';
import { exportRange, rangeText } from './export-range.ts';
import { type ExportTarget, fileTarget, standardOutput } from './export-target.ts';

const HELP = `bin/audit-export [--from DATE] [--to DATE] [--orga ID] [--chain N] [--out FILE]: writes audit records as JSON lines, signed in the HSM.

It works beside a running keyman, or alone: then it starts the private database and stops it again. CINNABAR_HOME,
DATABASE_URL and PKCS11_… say which audit and which HSM, as for bin/up. The export is itself recorded in the audit.

  --from DATE   records from this day on (2026-01-31, UTC) or from this moment on (2026-01-31T12:00:00Z)
  --to DATE     records until the end of this day, or before this moment
  --orga ID     records of this organisation only
  --chain N     records of this chain only
  --out FILE    a new file (mode 600); otherwise standard output
  --help        print this

A chain of which all records are exported can be proved from the file alone, and only then be removed under retention.
bin/audit-verify --export FILE proves an export without database and HSM; docs/operating.md tells how OpenSSL does.

Exit code: 0 exported, 2 not exported.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      orga: { type: 'string' },
      chain: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const range = exportRange(values);
  const target = values.out === undefined ? standardOutput() : await fileTarget(values.out);
  try {
    const { records, chains, sha256 } = await recordedExport(range, target);
    await target.complete();
    process.stderr.write(`${records} records of ${chains} chains exported (${rangeText(range)}); SHA-256 ${sha256}\n`);
    return 0;
  } catch (error) {
    await target.discard();
    throw error;
  }
}

/** Nothing is written before the audit says that somebody exports; the footer, without which it is worth nothing, comes after a second record. */
async function recordedExport(range: ExportRange, target: ExportTarget): Promise<ExportExtent> {
  const audit = await openAudit('audit-export');
  const note = noteIn(audit.trail, range, `to ${target.name} by ${audit.by}`);
  try {
    await note(true, 'begins', null);
    return await exportAudit({
      address: audit.database.server,
      clock: systemClock,
      signer: audit.signer,
      range,
      ownChain: audit.trail.chain,
      write: (text) => target.write(text),
      onComplete: ({ records, chains, sha256 }) =>
        note(true, `complete: ${records} records of ${chains} chains`, `sha256=${sha256}`),
      onProgress: showProgress,
    });
  } catch (error) {
    await note(false, 'failed', null);
    throw error;
  } finally {
    endProgress();
    await audit.close();
  }
}

function noteIn(trail: AuditTrail, range: ExportRange, how: string) {
  return async (success: boolean, stage: string, data: string | null): Promise<void> => {
    await trail.seal({
      category: 'Audit',
      action: 'Export',
      success,
      host: hostname(),
      app: 'bin/audit-export',
      // An organisation's auditors see that its records were exported.
      orgaid: range.orga,
      actiondata: rangeText(range),
      data,
      info: `export ${stage}; ${how}`,
    });
  };
}

function showProgress(records: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${records} records …`);
}

function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`The audit could not be exported. ${toolFailure(error)}\n`);
    process.exitCode = 2;
  },
);
