import { runOrThrow } from '../../../apps/keyman/src/tools/demo/programs.ts';
import { DSS_CLASSPATH } from '../places.ts';
import { fail, gap, OK, type Judge, type Signer, type Verdict } from '../verdict.ts';

/** DSS's name of the level that each profile is to reach. */
const LEVELS = { enhanced: 'PAdES-BASELINE-B', basic: 'PKCS7-B' } as const;

/** Fields of a line: file, kind, signer, level, indication, sub-indication, complaints. */
type Finding = readonly string[];

/** EU DSS: the level, and EN 319 102-1's indication, of the signature that was added. */
export const dss: Judge = {
  name: 'DSS',
  async judge(documents, signer) {
    const found = await findings(
      documents.map(({ signedPath, password }) => [signedPath, password]),
      signer,
    );
    const rejected = documents.filter(({ signedPath }) => isRejected(found.get(signedPath)));
    const originals = await findings(
      rejected.map(({ originalPath, password }) => [originalPath, password]),
      signer,
    );
    return new Map(
      documents.map(({ id, signedPath, originalPath, profile }) => {
        const ofFile = found.get(signedPath) ?? [];
        return isRejected(originals.get(originalPath))
          ? [id, gap(`cannot read the original either: ${ofFile[0]?.[6]}`)]
          : [id, verdict(ofFile, signer.commonName, LEVELS[profile])];
      }),
    );
  },
};

/** Judges all in one virtual machine: its start costs more than a dozen files. */
async function findings(
  files: readonly (readonly [path: string, password: string | undefined])[],
  signer: Signer,
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  if (files.length === 0) return new Map();
  const output = await runOrThrow('java', ['-cp', DSS_CLASSPATH, 'Judge', signer.anchorPath], {
    input: files.map(([path, password]) => `${path}\t${password ?? ''}\n`).join(''),
    timeoutMs: 600_000,
  });
  const lines = output.toString('utf8').trimEnd().split('\n');
  return Map.groupBy(
    lines.map((line) => line.split('\t')),
    ([file]) => file ?? '',
  );
}

function isRejected(found: readonly Finding[] | undefined): boolean {
  return found?.some(([, kind]) => kind === 'REJECT') ?? false;
}

function verdict(found: readonly Finding[], signer: string, wanted: string): Verdict {
  const ours = found.filter(([, kind, signedBy]) => kind === 'SIG' && signedBy === signer);
  const [finding] = ours;
  if (finding === undefined) {
    return fail(found.map(([, kind, , , , , complaints]) => `${kind} ${complaints}`).join('; ') || 'no answer');
  }
  if (ours.length > 1) return fail(`${ours.length} signatures of ${signer}`);
  const [, , , level, indication, subIndication, complaints] = finding;
  return level === wanted && indication === 'TOTAL_PASSED'
    ? OK
    : fail(`${level} ${indication} ${subIndication} ${complaints}`.trim());
}
