import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyPair, createSoftHsm, TestCustodyWorld, type TestSoftHsm } from '@cinnabar/testing';
import { openAuditSigningKey, type Pkcs11Custody } from './index.ts';

const PIN = 'pin of the audit test';

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

  describe('of an open custody', () => {
    const message = Buffer.from('heads of all chains');
    let world: TestCustodyWorld;
    let custody: Pkcs11Custody;

    beforeAll(async () => {
      world = new TestCustodyWorld();
      custody = await world.openNode(softHsm);
    });
    afterAll(() => world.close());

    function judgedByOpenSsl(publicKeySpkiDer: Uint8Array, signature: Uint8Array): string {
      const path = (name: string): string => join(softHsm.directory, name);
      const key = createPublicKey({ key: Buffer.from(publicKeySpkiDer), format: 'der', type: 'spki' });
      writeFileSync(path('key.pem'), key.export({ format: 'pem', type: 'spki' }));
      writeFileSync(path('message'), message);
      writeFileSync(path('signature'), signature);
      const args = ['dgst', '-sha256', '-verify', path('key.pem'), '-signature', path('signature'), path('message')];
      return execFileSync('openssl', args).toString();
    }

    it('signs beside it', async () => {
      const auditKey = await openAuditSigningKey(softHsm);
      expect(judgedByOpenSsl(auditKey.publicKeySpkiDer, await auditKey.sign(message))).toBe('Verified OK\n');
    });

    it('signs by way of it, while keys are opened', async () => {
      const { publicKeySpkiDer } = await openAuditSigningKey(softHsm);
      const ticket = await world.protect(custody, createKeyPair('prime256v1'), PIN);
      for (let round = 0; round < 5; round += 1) {
        await custody.clear();
        const [signature] = await Promise.all([custody.signAudit(message), custody.opens(ticket, PIN)]);
        expect(judgedByOpenSsl(publicKeySpkiDer, signature)).toBe('Verified OK\n');
      }
    });
  });
});
