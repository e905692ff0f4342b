import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LIBRARIES = [
  'core',
  'x509',
  'pdf',
  'cms',
  'custody',
  'ades',
  'validation',
  'persistence',
  'keyman-api',
  'testing',
];

const FURTHER_ENTRIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  custody: { './pkcs11': './src/pkcs11/index.ts', './memory': './src/memory/index.ts' },
  'keyman-api': { './client': './src/client/index.ts' },
};

/** A small monorepo of the real shape, where every rule holds, in a folder of its own. */
export class FixtureRepository {
  readonly root = mkdtempSync(join(tmpdir(), 'architecture-'));

  constructor() {
    for (const library of LIBRARIES) {
      const name = `${library.replace('-', '')}Name`;
      this.write(`libs/${library}/src/index.ts`, `export { ${name} } from './name.ts';\n`);
      this.write(`libs/${library}/src/name.ts`, `export const ${name} = '${library}';\n`);
      this.write(`libs/${library}/README.md`, `# ${library}\n`);
      this.write(`libs/${library}/package.json`, manifest(library));
      mkdirSync(join(this.root, 'node_modules/@cinnabar'), { recursive: true });
      symlinkSync(`../../libs/${library}`, join(this.root, 'node_modules/@cinnabar', library));
    }
    this.write('libs/custody/src/pkcs11/index.ts', `export const adapter = 'pkcs11';\n`);
    this.write('libs/custody/src/memory/index.ts', `export const adapter = 'memory';\n`);
    this.write('libs/keyman-api/src/client/index.ts', `export const client = 'fetch';\n`);
    this.write('prisma-less-migrations/keyman/index.ts', 'export const migrations = [];\n');
    this.write('prisma-less-migrations/keyman/package.json', manifest('keyman-migrations', './index.ts'));
    symlinkSync('../../prisma-less-migrations/keyman', join(this.root, 'node_modules/@cinnabar/keyman-migrations'));
    for (const name of ['pkcs11js', 'typeorm', '@nestjs/common']) {
      this.write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
      this.write(`node_modules/${name}/index.js`, 'exports.it = 1;\n');
    }
    this.write(
      'apps/keyman/src/main.ts',
      `import './sign/sign.operation.ts';\nimport './fronts/rest/rest.controller.ts';\n`,
    );
    this.write(
      'apps/keyman/src/sign/sign.operation.ts',
      `import { adesName } from '@cinnabar/ades';\nexport const sign = adesName;\n`,
    );
    this.write('apps/keyman/src/fronts/rest/rest.controller.ts', `export const rest = 1;\n`);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  /** Runs the check as `npm run architecture` does. */
  check(): Promise<{ readonly exitCode: number; readonly output: string }> {
    const script = fileURLToPath(new URL('./check.ts', import.meta.url));
    return new Promise((resolve) => {
      execFile(process.execPath, [script, this.root], { env: {} }, (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code), output: stdout + stderr });
      });
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}

function manifest(name: string, index = './src/index.ts'): string {
  const exports = { '.': index, ...FURTHER_ENTRIES[name] };
  return JSON.stringify({ name: `@cinnabar/${name}`, version: '1.0.0', type: 'module', exports });
}
