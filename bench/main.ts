/** bin/bench: how much of the HSM's own speed the server gives on. See docs/performance.md. */
import { benchColdPin } from './cold-pin.ts';
import { benchHostile } from './hostile.ts';
import { benchLarge } from './large.ts';
import { benchMemory } from './memory.ts';
import { readOptions, USAGE } from './options.ts';
import { benchSignHash } from './sign-hash.ts';
import { benchVault } from './vault.ts';

const options = readOptionsOrEnd();
const tell = (line: string) => console.error(line);
if (options.what === 'sign-hash') {
  const result = await benchSignHash(options, tell);
  console.log(
    `\n${options.connections} connections, ${result.secondsPerSide} s a side   signatures/s   p50 ms   p99 ms`,
  );
  console.log(row('bare PKCS#11 loop', result.bare));
  console.log(row('keyman Sign/Hash', result.keyman));
  console.log(
    `keyman gives ${(result.ratio * 100).toFixed(1)} % of the bare rate; resident memory ${result.residentMibBefore} → ${result.residentMibAfter} MiB`,
  );
  const { bare, keyman, postgresql, client } = result.cpuMsPerSignature;
  console.log(`CPU ms a signature: bare ${bare}; keyman ${keyman} + PostgreSQL ${postgresql} + client ${client}\n`);
  console.log(JSON.stringify(result));
} else if (options.what === 'memory') {
  const result = await benchMemory(options, tell);
  console.log(
    `\n${result.signatures} signatures, ${result.perSecond}/s: ${result.residentMibBefore} → ${result.residentMibAfter} MiB, at most ${result.residentMibPeak}; in the second half ${result.kibPer1000Signatures} KiB more for each 1,000\n`,
  );
  console.log(JSON.stringify(result));
} else if (options.what === 'vault') {
  const result = await benchVault(options, tell);
  console.log(
    `\n${result.keys} keys: ${result.protectedPerSecond}/s taken in, ${result.unlockedPerSecond}/s unlocked, ${result.forgottenPerSecond}/s forgotten, ${result.signedPerSecond} signatures/s`,
  );
  console.log(
    `resident memory ${result.residentMibEmpty} MiB before, ${result.residentMibFull.join(', ')} MiB with a full vault\n`,
  );
  console.log(JSON.stringify(result));
} else if (options.what === 'large') {
  const result = await benchLarge(options, tell);
  console.log(`\nA PDF of ${Math.round(result.documentBytes / 1e6)} MB, in and out: ${result.seconds.join(' s, ')} s`);
  console.log(
    `server at its most: ${Math.round(result.peakBytes / 1e6)} MB resident, ${Math.round(result.peakBytesBefore / 1e6)} MB before the first\n`,
  );
  console.log(JSON.stringify(result));
} else if (options.what === 'hostile') {
  const results = await benchHostile(tell);
  const longest = (of: 'tookMs' | 'waitedMs' | 'peakMb') => Math.max(...results.map((each) => each[of]));
  console.log(
    `\n${results.length} requests: answered within ${longest('tookMs')} ms, others waited ${longest('waitedMs')} ms, at most ${longest('peakMb')} MB\n`,
  );
  console.log(JSON.stringify(results));
} else {
  const result = await benchColdPin(options, tell);
  console.log(`\n${result.coldPerSecond}/s cold PINs, one at a time (p50 ${result.coldP50Ms} ms), beside a warm load`);
  console.log(
    `warm ${result.warmPerSecond}/s alone, ${result.warmPerSecondBesideCold}/s beside cold PINs: ${(result.warmShare * 100).toFixed(1)} % left\n`,
  );
  console.log(JSON.stringify(result));
}

function row(
  name: string,
  side: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number },
): string {
  return `${name.padEnd(34)}${String(side.perSecond).padStart(12)}${side.p50Ms.toFixed(2).padStart(9)}${side.p99Ms.toFixed(2).padStart(9)}`;
}

function readOptionsOrEnd() {
  try {
    const read = readOptions(process.argv.slice(2));
    if (read !== 'help') return read;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error('bin/bench --help tells the options');
    process.exit(2);
  }
}
