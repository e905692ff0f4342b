import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collector = (options: { readonly type: 'minor' | 'major'; readonly flavor?: 'last-resort' }) => void;

let collector: Collector | undefined;

/**
 * Has V8 collect now what it would collect much later. It looks at objects and hardly at the bytes that they stand for:
 * of a document that streams through, 64 MiB of used-up buffers pile up in each thread before they are given back
 * (docs/performance.md, "Large documents"). `recent` takes about a millisecond; `all` some hundred, and gives free pages
 * back to the system too.
 */
export function collectGarbage(what: 'recent' | 'all'): void {
  if (collector === undefined) {
    // Node has no other way to ask than V8's own function, which is there only where the flag is set.
    setFlagsFromString('--expose-gc');
    collector = runInNewContext('gc') as Collector;
  }
  collector(what === 'recent' ? { type: 'minor' } : { type: 'major', flavor: 'last-resort' });
}

const COLLECT_AFTER_BYTES = 8 * 1024 * 1024;

/** Passes chunks on, and has those that were used up collected as they go by. */
export async function* collecting(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let passedBytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    passedBytes += chunk.length;
    if (passedBytes < COLLECT_AFTER_BYTES) continue;
    passedBytes = 0;
    collectGarbage('recent');
  }
}
