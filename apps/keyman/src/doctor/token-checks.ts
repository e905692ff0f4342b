import { createPublicKey, randomBytes, verify } from 'node:crypto';
import {
  examineUnwrapping,
  findAuditSigningKey,
  listRootKeys,
  openAuditSigningKey,
  type Pkcs11Settings,
  type RootKey,
  type UnwrapVerdict,
} from '@cinnabar/custody/pkcs11';
import type { DataSource } from 'typeorm';
import { registeredRootKeys, rootKeyUses } from '../root-keys/root-key-registry.ts';
import { missingText, tokenFit } from '../root-keys/token-fit.ts';
import { fail, finding, ok, warn, type Finding } from './finding.ts';

/** What design and security model promise of a KEK's unwrap template, by what was seen. */
const UNWRAPPING: Readonly<Record<UnwrapVerdict, { readonly level: 'ok' | 'warn'; readonly detail: string }>> = {
  readable: warn(
    'the newest KEK has no unwrap template: who has the token’s PIN and a key that is being unlocked could read that key',
  ),
  extractable: ok('the newest KEK lets keys out wrapped anew only, never readable'),
  kept: warn('the newest KEK lets nothing out again: safest, but present keys cannot move to another KEK'),
};

/** One after the other, since a token is used by one of them at a time. @param dataSource undefined where there is no database to compare with */
export async function tokenChecks(token: Pkcs11Settings, dataSource: DataSource | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  let rootKeys: readonly RootKey[] = [];
  findings.push(
    await finding('token', async () => {
      rootKeys = await listRootKeys(token);
      return ok(`${token.tokenLabel} in ${token.modulePath}`);
    }),
  );
  if (findings[0]?.level === 'fail') return findings;
  findings.push(await finding('root keys', () => rootKeysOf(rootKeys, dataSource)));
  findings.push(
    await finding(
      `wrapping, ${token.wrappingMechanism ?? 'default'}`,
      async () => UNWRAPPING[await examineUnwrapping(token)],
    ),
  );
  findings.push(await finding('audit key', () => auditKey(token)));
  return findings;
}

async function rootKeysOf(onToken: readonly RootKey[], dataSource: DataSource | undefined) {
  if (!(['kek', 'hmac'] as const).every((kind) => onToken.some((key) => key.kind === kind))) {
    return fail('there are none: the first start makes them, or this is not the token that belongs here');
  }
  const labels = onToken.map(({ label }) => label).join(', ');
  if (dataSource === undefined) return warn(`${labels}; there is no database to compare with`);
  const fit = tokenFit(onToken, await registeredRootKeys(dataSource), await rootKeyUses(dataSource));
  if (fit.strangers.length > 0)
    return fail(`${fit.strangers.join(', ')}: not the keys that this database was used with`);
  return fit.missing.length > 0 ? fail(fit.missing.map(missingText).join('; ')) : ok(labels);
}

async function auditKey(token: Pkcs11Settings) {
  const label = await findAuditSigningKey(token);
  if (label === undefined) return fail('there is none: the first start makes it');
  const message = randomBytes(32);
  const key = await openAuditSigningKey(token);
  const signature = await key.sign(message);
  const publicKey = createPublicKey({ key: Buffer.from(key.publicKeySpkiDer), format: 'der', type: 'spki' });
  return verify('sha256', message, publicKey, signature) ? ok(`${label} signs`) : fail(`${label} signs wrongly`);
}
