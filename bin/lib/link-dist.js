/**
 * Makes `dist/` a program of its own: production code imports `@cinnabar/<lib>` by name, and the workspace's package.json
 * files point at TypeScript sources. So each built package gets a package.json that points at its .js files and a link in
 * `dist/node_modules/@cinnabar/`, which Node finds before the repository's `node_modules`.
 * Run by `npm run build` after the compiler; running it again changes nothing.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const scope = join(dist, 'node_modules', '@cinnabar');

/** Folders below the root, each a workspace package that the compiler wrote to the same place below `dist/`. */
function builtPackages() {
  return ['libs', 'prisma-less-migrations']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))
    .filter((folder) => existsSync(join(root, folder, 'package.json')) && existsSync(join(dist, folder)));
}

/** `./src/index.ts` → `./src/index.js` in every entry of an `exports` map. */
function compiledExports(exports) {
  return Object.fromEntries(Object.entries(exports).map(([name, path]) => [name, path.replace(/\.ts$/, '.js')]));
}

writeFileSync(join(dist, 'package.json'), '{ "type": "module" }\n');
rmSync(scope, { recursive: true, force: true });
mkdirSync(scope, { recursive: true });
for (const folder of builtPackages()) {
  const { name, version, type, exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const compiled = { name, version, private: true, type, exports: compiledExports(exports) };
  writeFileSync(join(dist, folder, 'package.json'), `${JSON.stringify(compiled, null, 2)}\n`);
  symlinkSync(relative(scope, join(dist, folder)), join(dist, 'node_modules', name));
}
