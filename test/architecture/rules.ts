import type { IForbiddenRuleType } from 'dependency-cruiser';
import {
  CRYPTOGRAPHIC_COLUMN,
  FURTHER_ENTRIES,
  LIBRARIES,
  NOT_IN_FRONTS,
  NOT_IN_THE_CRYPTOGRAPHIC_COLUMN,
  SOLE_IMPORTERS,
} from './layers.ts';

/** Specs with their fixtures, benches, the tests' folder and the tests' library may look behind the borders that production code keeps. */
const TESTS = ['\\.((e2e-)?spec|fixture)\\.ts$', '^test/', '^bench/', '^libs/testing/'];
/** How dependency-cruiser tells an import by a workspace's name from one by its path. */
const BY_NAME = ['aliased-workspace'];
/** Files directly in an application's `src` put the parts together; nothing else does. */
const COMPOSITION_ROOTS = '^apps/[^/]+/src/[^/]+\\.ts$';

const anyOf = (names: readonly string[]): string => `(${names.join('|')})`;
const installed = (packages: readonly string[]): string => `(^|/)node_modules/${anyOf(packages)}/`;

function forbid(name: string, why: string, from: object, to: object): IForbiddenRuleType {
  return { name, severity: 'error', comment: why, from, to };
}

/** A library imports itself, `core` and what its row names. */
function layerRules(): IForbiddenRuleType[] {
  return LIBRARIES.flatMap(({ name, imports }) => {
    if (imports === 'any') return [];
    const allowed = anyOf([name, 'core', ...imports]);
    return [
      forbid(
        `layer-of-${name}`,
        `libs/${name} may import only core${imports.map((other) => `, ${other}`).join('')} (test/architecture/layers.ts)`,
        { path: `^libs/${name}/`, pathNot: TESTS },
        { path: '^libs/', pathNot: `^libs/${allowed}/` },
      ),
      // Specs keep the layers too, but for the tests' own library.
      forbid(
        `layer-of-${name}-specs`,
        `specs of libs/${name} may import what the library may, and testing`,
        { path: `^libs/${name}/.*\\.spec\\.ts$` },
        { path: '^libs/', pathNot: `^libs/${anyOf([name, 'core', 'testing', ...imports])}/` },
      ),
    ];
  });
}

/** Libraries are entered by their index; a few have one more door. */
function entryRules(): IForbiddenRuleType[] {
  const doors = [
    '^libs/[^/]+/src/index\\.ts$',
    ...FURTHER_ENTRIES.map(({ entry }) => `^${entry.replaceAll('.', '\\.')}$`),
  ];
  return [
    forbid(
      'no-deep-import',
      'a library is imported by its name, never by a file inside it',
      { path: '^libs/([^/]+)/' },
      { path: '^libs/', pathNot: [...doors, '^libs/$1/'] },
    ),
    forbid(
      'no-deep-import-from-outside',
      'a library is imported by its name, never by a file inside it',
      { pathNot: '^libs/' },
      { path: '^libs/', pathNot: doors },
    ),
    forbid(
      'no-relative-path-across-libraries',
      'write @cinnabar/<library>, not a path that leaves the library',
      { path: '^libs/([^/]+)/' },
      { path: '^libs/', pathNot: '^libs/$1/', dependencyTypes: ['local'], dependencyTypesNot: BY_NAME },
    ),
    forbid(
      'no-relative-path-into-libraries',
      'write @cinnabar/<library>, not a path into libs',
      { pathNot: '^libs/' },
      { path: '^libs/', dependencyTypes: ['local'], dependencyTypesNot: BY_NAME },
    ),
    ...FURTHER_ENTRIES.map(({ entry, onlyFrom }) =>
      forbid(
        `only-for-its-users-${entry.split('/').slice(1, -1).join('-')}`,
        `${entry} is for ${onlyFrom.length === 0 ? 'tests' : onlyFrom.join(', ')} only`,
        { pathNot: [...TESTS, ...onlyFrom, `^${entry.split('/').slice(0, 2).join('/')}/`] },
        { path: `^${entry.split('/').slice(0, -1).join('/')}/` },
      ),
    ),
  ];
}

function columnRules(): IForbiddenRuleType[] {
  const column = { path: `^libs/${anyOf(CRYPTOGRAPHIC_COLUMN)}/`, pathNot: TESTS };
  return [
    forbid('no-framework-in-cryptography', 'the cryptographic column is framework-free', column, {
      path: installed(NOT_IN_THE_CRYPTOGRAPHIC_COLUMN.packages),
    }),
    forbid('no-socket-in-cryptography', 'the cryptographic column opens no socket', column, {
      path: `^(node:)?${anyOf(NOT_IN_THE_CRYPTOGRAPHIC_COLUMN.nodeModules)}$`,
      dependencyTypes: ['core'],
    }),
    ...SOLE_IMPORTERS.map(({ packages, library }) =>
      forbid(
        `only-${library}-imports-${packages.join('-')}`,
        `${packages.join(' and ')} are imported by libs/${library} alone`,
        // A bench measures the ceiling without the library.
        { pathNot: [`^libs/${library}/`, '^bench/'] },
        { path: installed(packages) },
      ),
    ),
  ];
}

function applicationRules(): IForbiddenRuleType[] {
  return [
    forbid(
      'no-application-in-libraries',
      'libraries know no application',
      { path: '^libs/', pathNot: '^libs/testing/' },
      {
        path: '^(apps|prisma-less-migrations|test|bench)/',
      },
    ),
    forbid(
      'applications-apart',
      'applications never import each other',
      { path: '^apps/([^/]+)/' },
      {
        path: '^apps/',
        pathNot: '^apps/$1/',
      },
    ),
    forbid(
      'no-custody-in-esign',
      'a key never leaves keyman: esign may not name custody',
      { path: '^apps/esign/' },
      {
        path: '^libs/custody/',
      },
    ),
    forbid(
      'fronts-are-entered-by-the-composition',
      'rooms do not know who asks: only the composition root imports a front',
      { pathNot: [...TESTS, '^apps/[^/]+/src/fronts/', COMPOSITION_ROOTS] },
      { path: '^apps/[^/]+/src/fronts/' },
    ),
    forbid(
      'fronts-decide-nothing',
      'a front decodes and encodes; business logic lives in rooms',
      {
        path: '^apps/[^/]+/src/fronts/',
        // Health asks the database and the HSM themselves; it decides nothing.
        pathNot: [...TESTS, '^apps/[^/]+/src/fronts/health/'],
      },
      { path: [`^libs/${anyOf(NOT_IN_FRONTS)}/`, installed(['typeorm', '@nestjs/typeorm', 'pg'])] },
    ),
    forbid(
      'migrations-belong-to-the-composition',
      'migrations run in one place, under their own role',
      { pathNot: [...TESTS, '^prisma-less-migrations/', COMPOSITION_ROOTS] },
      { path: '^prisma-less-migrations/' },
    ),
    forbid(
      'migrations-stand-alone',
      'a migration must mean tomorrow what it means today: no living code but the tools of libs/persistence',
      {
        path: '^prisma-less-migrations/',
        pathNot: TESTS,
      },
      { path: ['^apps/', '^libs/(?!persistence/)'] },
    ),
    forbid(
      'tools-talk-to-the-server',
      'client tools use the public API, nothing behind it',
      {
        path: '^apps/[^/]+/src/tools/',
        pathNot: TESTS,
      },
      { path: ['^apps/[^/]+/src/(?!tools/)', '^libs/(?!core/|keyman-api/)'] },
    ),
    forbid(
      'tools-are-not-the-server',
      'the server does not contain its own client',
      {
        path: '^apps/[^/]+/src/(?!tools/)',
      },
      { path: '^apps/[^/]+/src/tools/' },
    ),
    forbid(
      'no-test-code-in-production',
      'libs/testing is for specs and test/',
      { pathNot: TESTS },
      {
        path: ['^libs/testing/', '^test/', '\\.(e2e-)?spec\\.ts$'],
      },
    ),
  ];
}

function generalRules(): IForbiddenRuleType[] {
  return [
    forbid('no-cycle', 'whatever goes round cannot be read from the beginning', {}, { circular: true }),
    forbid(
      'no-unresolved-import',
      "the import leads nowhere (a file behind a library's index?)",
      {},
      {
        couldNotResolve: true,
      },
    ),
    forbid(
      'no-unlisted-library',
      'a new library needs its row in test/architecture/layers.ts',
      {
        path: '^libs/',
        pathNot: `^libs/${anyOf(LIBRARIES.map(({ name }) => name))}/`,
      },
      {},
    ),
  ];
}

export function dependencyRules(): IForbiddenRuleType[] {
  return [...layerRules(), ...entryRules(), ...columnRules(), ...applicationRules(), ...generalRules()];
}
