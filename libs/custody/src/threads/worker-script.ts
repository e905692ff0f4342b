import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** URL of `<name>.worker` beside the asking module: .ts when run from source, .js when compiled. */
export function workerScript(name: string, importMetaUrl: string): URL {
  return new URL(`./${name}.worker${extname(fileURLToPath(importMetaUrl))}`, importMetaUrl);
}
