import { beforeAll, describe, expect, it } from '@jest/globals';
import { FixtureRepository } from './fixture-repository.ts';
import { dependencyRules } from './rules.ts';

/** What goes wrong, the rule that must name it, and the file that does it (`named`: where another file is blamed). */
const BREACHES: readonly { what: string; rule: string; path: string; text: string; named?: string }[] = [
  {
    what: 'a library that imports a sibling',
    rule: 'layer-of-pdf',
    path: 'libs/pdf/src/breach-1.ts',
    text: `import { x509Name } from '@cinnabar/x509';\nexport const breach = x509Name;\n`,
  },
  {
    what: 'a library that imports upwards, even a type only',
    rule: 'layer-of-cms',
    path: 'libs/cms/src/breach-2.ts',
    text: `import type { adesName } from '@cinnabar/ades';\nexport type Breach = typeof adesName;\n`,
  },
  {
    what: 'a maker of signatures that can reach keys',
    rule: 'layer-of-ades',
    path: 'libs/ades/src/breach-3.ts',
    text: `export const breach = () => import('@cinnabar/custody');\n`,
  },
  {
    what: 'a judge that leans on the maker',
    rule: 'layer-of-validation',
    path: 'libs/validation/src/breach-4.ts',
    text: `export { adesName } from '@cinnabar/ades';\n`,
  },
  {
    what: 'a spec that leaves its layer',
    rule: 'layer-of-pdf-specs',
    path: 'libs/pdf/src/breach-5.spec.ts',
    text: `import { cmsName } from '@cinnabar/cms';\nexport const breach = cmsName;\n`,
  },
  {
    what: 'a cycle',
    rule: 'no-cycle',
    path: 'libs/persistence/src/name.ts',
    text: `import * as itself from './index.ts';\nexport const persistenceName = () => itself;\n`,
  },
  {
    what: 'a deep import by package name',
    rule: 'no-unresolved-import',
    path: 'libs/cms/src/breach-6.ts',
    text: `export { x509Name } from '@cinnabar/x509/src/name.ts';\n`,
  },
  {
    what: 'a deep import by path',
    rule: 'no-deep-import',
    path: 'libs/cms/src/breach-7.ts',
    text: `export { x509Name } from '../../x509/src/name.ts';\n`,
  },
  {
    what: 'a deep import from an application',
    rule: 'no-deep-import-from-outside',
    path: 'apps/keyman/src/sign/breach-8.ts',
    text: `export { x509Name } from '../../../../libs/x509/src/name.ts';\n`,
  },
  {
    what: 'a path across libraries, though it ends at the index',
    rule: 'no-relative-path-across-libraries',
    path: 'libs/cms/src/breach-9.ts',
    text: `export { x509Name } from '../../x509/src/index.ts';\n`,
  },
  {
    what: 'esign that names custody',
    rule: 'no-custody-in-esign',
    path: 'apps/esign/src/breach-10.ts',
    text: `export { custodyName } from '@cinnabar/custody';\n`,
  },
  {
    what: 'another application that names the PKCS#11 adapter',
    rule: 'only-for-its-users-custody-src-pkcs11',
    path: 'apps/esign/src/breach-11.ts',
    text: `export { adapter } from '@cinnabar/custody/pkcs11';\n`,
  },
  {
    what: 'keys in memory outside tests',
    rule: 'only-for-its-users-custody-src-memory',
    path: 'apps/keyman/src/breach-12.ts',
    text: `export { adapter } from '@cinnabar/custody/memory';\n`,
  },
  {
    what: 'an application that imports another',
    rule: 'applications-apart',
    path: 'apps/esign/src/breach-13.ts',
    text: `export { sign } from '../../keyman/src/sign/sign.operation.ts';\n`,
  },
  {
    what: 'a room that imports a front',
    rule: 'fronts-are-entered-by-the-composition',
    path: 'apps/keyman/src/sign/breach-14.ts',
    text: `export { rest } from '../fronts/rest/rest.controller.ts';\n`,
  },
  {
    what: 'a front that reaches for the database',
    rule: 'fronts-decide-nothing',
    path: 'apps/keyman/src/fronts/rest/breach-15.ts',
    text: `import { it } from 'typeorm';\nexport const breach = it;\n`,
  },
  {
    what: 'a room that runs migrations',
    rule: 'migrations-belong-to-the-composition',
    path: 'apps/keyman/src/sign/breach-16.ts',
    text: `export { migrations } from '@cinnabar/keyman-migrations';\n`,
  },
  {
    what: "the tests' library in production code",
    rule: 'no-test-code-in-production',
    path: 'apps/keyman/src/sign/breach-17.ts',
    text: `export { testingName } from '@cinnabar/testing';\n`,
  },
  {
    what: 'a second importer of PKCS#11',
    rule: 'only-custody-imports-graphene-pk11-pkcs11js',
    path: 'apps/keyman/src/breach-18.ts',
    text: `import { it } from 'pkcs11js';\nexport const breach = it;\n`,
  },
  {
    what: 'a framework in the cryptographic column',
    rule: 'no-framework-in-cryptography',
    path: 'libs/pdf/src/breach-19.ts',
    text: `import { it } from '@nestjs/common';\nexport const breach = it;\n`,
  },
  {
    what: 'a socket in the cryptographic column',
    rule: 'no-socket-in-cryptography',
    path: 'libs/x509/src/breach-20.ts',
    text: `import { request } from 'node:https';\nexport const breach = request;\n`,
  },
  {
    what: 'a client tool that reaches behind the API',
    rule: 'tools-talk-to-the-server',
    path: 'apps/keyman/src/tools/demo/breach-21.ts',
    text: `export { sign } from '../../sign/sign.operation.ts';\n`,
  },
  {
    what: 'a path into a library, though it ends at the index',
    rule: 'no-relative-path-into-libraries',
    path: 'apps/keyman/src/sign/breach-40.ts',
    text: `export { x509Name } from '../../../../libs/x509/src/index.ts';\n`,
  },
  {
    what: 'a library that knows an application',
    rule: 'no-application-in-libraries',
    path: 'libs/custody/src/breach-41.ts',
    text: `export { sign } from '../../../apps/keyman/src/sign/sign.operation.ts';\n`,
  },
  {
    what: 'a migration that changes with living code',
    rule: 'migrations-stand-alone',
    path: 'prisma-less-migrations/keyman/breach-42.ts',
    text: `export { coreName } from '@cinnabar/core';\n`,
  },
  {
    what: 'a server that contains its own client',
    rule: 'tools-are-not-the-server',
    path: 'apps/keyman/src/sign/breach-43.ts',
    text: `export { sign } from '../tools/demo/breach-21.ts';\n`,
  },
  {
    what: 'a server that contains the typed client',
    rule: 'only-for-its-users-keyman-api-src-client',
    path: 'apps/keyman/src/sign/breach-44.ts',
    text: `export { client } from '@cinnabar/keyman-api/client';\n`,
  },
  {
    what: 'a library without a row',
    rule: 'no-unlisted-library',
    path: 'libs/bag/src/index.ts',
    text: `import 'node:fs';\n`,
  },
  {
    what: 'a library without a README',
    rule: 'readme',
    path: 'libs/sack/src/index.ts',
    named: 'libs/sack/README.md',
    text: '',
  },
  { what: 'a README that nobody will read', rule: 'readme', path: 'libs/pdf/README.md', text: 'line\n'.repeat(41) },
  {
    what: 'an index that exports everything',
    rule: 'index',
    path: 'libs/pdf/src/index.ts',
    text: `export * from './name.ts';\n`,
  },
  { what: 'a file whose name says nothing', rule: 'name', path: 'libs/pdf/src/pdf-utils.ts', text: 'export {};\n' },
  {
    what: 'a folder whose name says nothing',
    rule: 'name',
    path: 'apps/keyman/src/common/clock.ts',
    text: 'export {};\n',
  },
  { what: 'a file of too many lines', rule: 'length', path: 'libs/pdf/src/long.ts', text: '\n'.repeat(401) },
  {
    what: 'a folder of one machine',
    rule: 'machine-path',
    path: 'libs/pdf/src/place.ts',
    text: `export const place = '/home/me';\n`,
  },
];

describe('the architecture check', () => {
  it("passes a repository that keeps the layer table, the standard's names and the adapters' doors", async () => {
    using repository = new FixtureRepository();
    repository.write('libs/cms/src/signed-data.ts', `export { x509Name } from '@cinnabar/x509';\n`);
    repository.write(
      'libs/cms/src/cms.spec.ts',
      `import { testingName } from '@cinnabar/testing';\nexport const t = testingName;\n`,
    );
    repository.write('apps/keyman/src/custody.module.ts', `export { adapter } from '@cinnabar/custody/pkcs11';\n`);
    repository.write('apps/keyman/src/up.ts', `export { migrations } from '@cinnabar/keyman-migrations';\n`);
    expect(await repository.check()).toEqual({ exitCode: 0, output: expect.stringContaining('every import keeps') });
  });

  describe('of a repository with one breach of each kind', () => {
    let result: Awaited<ReturnType<FixtureRepository['check']>>;

    beforeAll(async () => {
      using repository = new FixtureRepository();
      for (const { path, text } of BREACHES) repository.write(path, text);
      result = await repository.check();
    });

    it('fails', () => {
      expect(result.exitCode).toBe(1);
    });

    it.each(BREACHES)('names $what ($rule)', ({ rule, path, named }) => {
      const lines = result.output.split('\n').filter((line) => line.startsWith(`${rule}: `));
      expect(lines).toContainEqual(expect.stringContaining(named ?? path));
    });

    it('covers every rule', () => {
      const rules = dependencyRules().map(({ name }) => name ?? '');
      const bitten = new Set(BREACHES.map(({ rule }) => rule));
      expect(rules.filter((rule) => !rule.startsWith('layer-of-') && !bitten.has(rule))).toEqual([]);
    });
  });
});
