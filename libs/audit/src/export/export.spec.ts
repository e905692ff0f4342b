import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@cinnabar/core';
import { auditDraft, createAuditSigner, createTestAudit, type TestAudit } from '@cinnabar/testing';
import { exportAudit, type ExportRange, publicKeyPem, verifyExport } from '../index.ts';

let audit: TestAudit;
let directory: string;
let path: string;

const signer = createAuditSigner();
const pem = publicKeyPem(signer.publicKeySpkiDer);
const ALL: ExportRange = { from: null, before: null, orga: null, chain: null };

async function exportTo(file: string, range: Partial<ExportRange> = {}): Promise<void> {
  const pieces: string[] = [];
  await exportAudit({
    address: audit.postgres.server,
    clock: systemClock,
    signer,
    range: { ...ALL, ...range },
    write: (text) => Promise.resolve(void pieces.push(text)),
  });
  await writeFile(file, pieces.join(''));
}

const linesOf = async (): Promise<string[]> => (await readFile(path, 'utf8')).trimEnd().split('\n');

/** The export with its lines changed, as one who owns the file may change it. */
async function changed(change: (lines: string[]) => readonly string[]): ReturnType<typeof verifyExport> {
  const text = await readFile(path, 'utf8');
  await writeFile(path, `${change(text.trimEnd().split('\n')).join('\n')}\n`);
  const verdict = await verifyExport({ path, publicKeyPem: pem });
  await writeFile(path, text);
  return verdict;
}

beforeAll(async () => {
  audit = await createTestAudit();
}, 60_000);
afterAll(() => audit.close());
beforeEach(async () => {
  await audit.clear();
  directory = await mkdtemp(join(tmpdir(), 'cinnabar-export-'));
  path = join(directory, 'audit.jsonl');
  for (const orgaid of ['TEST', 'Other']) {
    const trail = await audit.openTrail();
    for (let index = 0; index < 4; index += 1) await trail.seal(auditDraft({ orgaid, data: `record ${index} – ö` }));
    await trail.close();
  }
  await exportTo(path);
});
afterEach(() => rm(directory, { recursive: true }));

describe('an export', () => {
  it('proves every chain from the file alone', async () => {
    const verdict = await verifyExport({ path, publicKeyPem: pem });
    expect(verdict).toMatchObject({ intact: true, records: 10, problemCount: 0 });
    expect(verdict.chains).toMatchObject([
      { first: '1', last: '5', records: 5, unbroken: true },
      { first: '1', last: '5', records: 5, unbroken: true },
    ]);
    expect(await verifyExport({ path })).toMatchObject({ intact: true });
  });

  it('holds every column of every record, with its place and hash', async () => {
    const lines = await linesOf();
    const rows: Record<string, unknown>[] = await audit.server.query('SELECT * FROM audit_record');
    expect(lines).toHaveLength(rows.length + 2);
    const third = JSON.parse(lines[2] ?? '') as { record: Record<string, unknown>; seq: string; hash: string };
    expect(Object.keys(third.record).sort()).toEqual(Object.keys(rows[0] ?? {}).sort());
    expect(third).toMatchObject({ seq: '2', record: { data: 'record 0 – ö', success: 'true', orgaid: 'TEST' } });
  });

  it('is verified by OpenSSL and sha256sum with the documented commands', async () => {
    const key = join(directory, 'audit-key.pem');
    await writeFile(key, pem);
    const script = `
      tail -n 1 "$1" | sed 's/^{"footer":\\(.*\\),"signature":"[^"]*"}$/\\1/' | tr -d '\\n' > footer.json
      tail -n 1 "$1" | sed 's/^.*,"signature":"\\([^"]*\\)"}$/\\1/' | base64 -d > footer.sig
      openssl dgst -sha256 -verify "$2" -signature footer.sig footer.json
      head -n -1 "$1" | sha256sum | cut -d' ' -f1`;
    const out = execFileSync('bash', ['-c', script, 'bash', path, key], { cwd: directory, encoding: 'utf8' });
    const footer = JSON.parse((await linesOf()).at(-1) ?? '') as { footer: { sha256: string } };
    expect(out).toBe(`Verified OK\n${footer.footer.sha256}\n`);
  });

  it('of one organisation or of a time still proves each of its records', async () => {
    await exportTo(path, { orga: 'Other' });
    const one = await verifyExport({ path, publicKeyPem: pem });
    expect(one).toMatchObject({ intact: true, records: 4 });
    expect(one.chains).toMatchObject([{ first: '2', last: '5', unbroken: false }]);
    await exportTo(path, { before: '2001-01-01T00:00:00.000Z' });
    expect(await verifyExport({ path, publicKeyPem: pem })).toMatchObject({ intact: true, records: 0, chains: [] });
    await exportTo(path, { from: '2001-01-01T00:00:00.000Z', chain: one.chains[0]?.chain ?? '' });
    expect(await verifyExport({ path, publicKeyPem: pem })).toMatchObject({ intact: true, records: 5 });
  });

  it('names the line in which anything was changed', async () => {
    const altered = await changed((lines) => lines.with(3, (lines[3] ?? '').replace('record 1', 'record 7')));
    expect(altered.problems[0]).toMatchObject({ kind: 'record-or-hash-altered', line: 4, seq: '3' });
    expect(altered.problems.at(-1)).toMatchObject({ kind: 'export-forged', line: 12 });
    const hash = await changed((lines) =>
      lines.with(3, (lines[3] ?? '').replace(/"hash":"../, '"hash":"zz').replace('zz', '00')),
    );
    expect(hash.problems[0]).toMatchObject({ line: 4 });
    const spaced = await changed((lines) => lines.with(5, `${lines[5] ?? ''} `));
    expect(spaced.problems[0]).toMatchObject({ kind: 'export-line', line: 6 });
    const more = await changed((lines) => lines.with(5, (lines[5] ?? '').replace('{', '{"note":"x",')));
    expect(more.problems[0]).toMatchObject({ kind: 'export-line', line: 6 });
    const header = await changed((lines) => lines.with(0, (lines[0] ?? '').replace('"orga":null', '"orga":"X"')));
    expect(header.problems).toMatchObject([{ kind: 'export-forged', line: 12 }]);
  });

  it('names where a line is missing, doubled or in another place', async () => {
    const missing = await changed((lines) => lines.toSpliced(3, 1));
    expect(missing.problems[0]).toMatchObject({ kind: 'links-missing', line: 4, seq: '4' });
    const doubled = await changed((lines) => lines.toSpliced(3, 0, lines[3] ?? ''));
    expect(doubled.problems[0]).toMatchObject({ kind: 'export-order', line: 5 });
    const swapped = await changed((lines) => lines.with(3, lines[4] ?? '').with(4, lines[3] ?? ''));
    expect(swapped.problems[0]).toMatchObject({ line: 4 });
    const chains = await changed(([header = '', ...lines]) => [
      header,
      ...lines.slice(5, 10),
      ...lines.slice(0, 5),
      ...lines.slice(10),
    ]);
    expect(chains.problems[0]).toMatchObject({ kind: 'export-order', line: 7 });
    // One who mends what the missing line leaves behind meets the footer.
    const mended = await changed((lines) => {
      const gone = JSON.parse(lines[3] ?? '') as { hash: string };
      const next = (lines[4] ?? '').replace(',"record"', `,"previous":"${gone.hash}","record"`);
      return lines.with(4, next).toSpliced(3, 1);
    });
    expect(mended.problems.map(({ kind }) => kind)).toEqual(['export-forged', 'export-forged']);
  });

  it('is not believed without its end, or with something behind it', async () => {
    const cut = await changed((lines) => lines.slice(0, -1));
    expect(cut.problems).toMatchObject([{ kind: 'export-truncated', line: 12 }]);
    const half = await readFile(path);
    await writeFile(path, half.subarray(0, -10));
    expect((await verifyExport({ path, publicKeyPem: pem })).problems[0]).toMatchObject({ kind: 'export-truncated' });
    await writeFile(path, Buffer.concat([half, Buffer.from('{"more')]));
    expect((await verifyExport({ path, publicKeyPem: pem })).problems[0]).toMatchObject({ kind: 'export-order' });
    await writeFile(path, '');
    expect((await verifyExport({ path, publicKeyPem: pem })).problems[0]).toMatchObject({ kind: 'export-truncated' });
    await writeFile(path, half);
    const behind = await changed((lines) => [...lines, lines[2] ?? '']);
    expect(behind.problems[0]).toMatchObject({ kind: 'export-order', line: 13 });
    const footer = await changed((lines) => lines.with(-1, (lines.at(-1) ?? '').replace('"count":10', '"count":9')));
    expect(footer.problems).toMatchObject([{ kind: 'export-forged', line: 12 }]);
  });

  it('written anew with another key is refused by who knows the right one', async () => {
    const forger = createAuditSigner();
    const pieces: string[] = [];
    const write = (text: string): Promise<void> => Promise.resolve(void pieces.push(text));
    await exportAudit({ address: audit.postgres.server, clock: systemClock, signer: forger, range: ALL, write });
    await writeFile(path, pieces.join(''));
    expect(await verifyExport({ path })).toMatchObject({ intact: true });
    expect((await verifyExport({ path, publicKeyPem: pem })).problems).toMatchObject([{ kind: 'export-forged' }]);
  });

  it('of a damaged audit says what is damaged', async () => {
    await audit.owner.query(
      'DELETE FROM audit_record WHERE auditid = (SELECT min(auditid) FROM audit_chain WHERE seq = 3)',
    );
    await exportTo(path);
    expect((await verifyExport({ path, publicKeyPem: pem })).problems).toMatchObject([
      { kind: 'record-missing', line: 4, seq: '3' },
    ]);
  });

  it('goes in pieces, whose bytes are those that the footer signs', async () => {
    const trail = await audit.openTrail();
    await Promise.all(Array.from({ length: 900 }, () => trail.seal(auditDraft({ info: 'x'.repeat(2_000) }))));
    const lengths: number[] = [];
    const hash = createHash('sha256');
    const { sha256 } = await exportAudit({
      address: audit.postgres.server,
      clock: systemClock,
      signer,
      range: ALL,
      onComplete: ({ records }) => Promise.resolve(void lengths.push(records)),
      write: (text) => {
        if (!text.startsWith('{"footer"')) hash.update(text);
        lengths.push(text.length);
        return Promise.resolve();
      },
    });
    expect(hash.digest('hex')).toBe(sha256);
    // The footer comes last, after everyone was told that the records are out.
    expect(lengths.at(-2)).toBe(911);
    expect(Math.max(...lengths)).toBeLessThan(80_000);
  });
});
