import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSoftHsm, TestCustodyWorld, type TestSoftHsm } from '@cinnabar/testing';
import { openAuditSigningKey } from './index.ts';

describe('the audit signing key', () => {
  let softHsm: TestSoftHsm;

  beforeAll(async () => {
    softHsm = await createSoftHsm();
  });
  afterAll(() => softHsm.dispose());

  it('is made once and stays in the token', async () => {
    const first = await openAuditSigningKey(softHsm);
    const again = await openAuditSigningKey(softHsm);
    expect([first.made, again.made]).toEqual([true, false]);
    expect(again.publicKeySpkiDer).toEqual(first.publicKeySpkiDer);
    expect(first.label).toBe('cinnabar-audit-1');
  });

  it('signs beside an open custody, as OpenSSL judges', async () => {
    const world = new TestCustodyWorld();
    await world.openNode(softHsm);
    const auditKey = await openAuditSigningKey(softHsm);
    const message = Buffer.from('heads of all chains');
    const path = (name: string): string => join(softHsm.directory, name);
    const key = createPublicKey({ key: Buffer.from(auditKey.publicKeySpkiDer), format: 'der', type: 'spki' });
    writeFileSync(path('key.pem'), key.export({ format: 'pem', type: 'spki' }));
    writeFileSync(path('message'), message);
    writeFileSync(path('signature'), await auditKey.sign(message));
    const args = ['dgst', '-sha256', '-verify', path('key.pem'), '-signature', path('signature'), path('message')];
    expect(execFileSync('openssl', args).toString()).toBe('Verified OK\n');
    await world.close();
  });
});
