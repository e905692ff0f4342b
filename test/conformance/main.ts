/** Signs documents with a server of its own and has others judge the results; then has others be its clients. See README.md. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addThrowAwayUser, importIdentity } from '../../apps/keyman/src/tools/demo/enrolment.ts';
import { KeymanClient } from '../../apps/keyman/src/tools/demo/keyman-client.ts';
import { makeThrowAwayIdentity, type ThrowAwayIdentity } from '../../apps/keyman/src/tools/demo/throw-away-identity.ts';
import { caseId, type Case } from './cases.ts';
import { basicProfileCases, casesOfCorpus } from './corpus.ts';
import { runForeignClients, type ClientStep } from './clients/foreign-clients.ts';
import { dss } from './judges/dss.ts';
import { openssl } from './judges/openssl.ts';
import { pages, prefix } from './judges/original-kept.ts';
import { pdfsig } from './judges/pdfsig.ts';
import { pyhanko } from './judges/pyhanko.ts';
import { qpdf } from './judges/qpdf.ts';
import { verapdf } from './judges/verapdf.ts';
import { KeymanServer } from './keyman-server.ts';
import { globMatcher, readOptions, USAGE, type Options } from './options.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { corpusIsThere } from './places.ts';
import { printReport, reportJson } from './report.ts';
import { sampleCases } from './sample-documents.ts';
import { signCase, type Answer } from './signing.ts';
import { judgeAndProve } from './tampering.ts';
import type { SignedDocument, Verdict } from './verdict.ts';

/** These judge the signature, so they must also reject a bad one; the others judge the file around it. */
const SIGNATURE_JUDGES = [dss, pyhanko, pdfsig, openssl];
const FILE_JUDGES = [qpdf, prefix, pages, verapdf];
const JUDGE_NAMES = [...SIGNATURE_JUDGES, ...FILE_JUDGES].map(({ name }) => name);
const BASIC_PROFILE_ROWS = 4;

async function casesFor(options: Options, folder: string): Promise<readonly Case[]> {
  const cases = corpusIsThere(options.folder) ? casesOfCorpus(options.folder) : await sampleCases(folder);
  const chosen = cases.filter(({ name }) => globMatcher(options.only)(name));
  return [...chosen, ...basicProfileCases(chosen, BASIC_PROFILE_ROWS)];
}

async function signAll(
  cases: readonly Case[],
  identity: ThrowAwayIdentity,
  folder: string,
): Promise<ReadonlyMap<string, Answer>> {
  const server = await KeymanServer.start();
  try {
    const admin = await new KeymanClient(server.url).login('admin', server.adminPassword);
    const { userid, pass } = await addThrowAwayUser(admin);
    const client = await new KeymanClient(server.url).login(userid, pass);
    const access = { client, key: await importIdentity(client, identity) };
    const answers = new Map<string, Answer>();
    for (const each of cases) answers.set(caseId(each), await signCase(each, access, folder));
    return answers;
  } finally {
    await server.stop();
  }
}

/** Judge → document → verdict. The slow ones run side by side. */
async function judgeAll(
  documents: readonly SignedDocument[],
  identity: ThrowAwayIdentity,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Verdict>>> {
  const verdicts = await Promise.all([
    ...SIGNATURE_JUDGES.map(async (judge) => [judge.name, await judgeAndProve(judge, documents, identity)] as const),
    ...FILE_JUDGES.map(async (judge) => [judge.name, await judge.judge(documents, identity)] as const),
  ]);
  return new Map(verdicts);
}

async function conformance(options: Options): Promise<readonly Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  const signedFolder = options.keep ?? join(folder, 'signed');
  await mkdir(signedFolder, { recursive: true });
  try {
    const cases = await casesFor(options, folder);
    const identity = await makeThrowAwayIdentity(folder, 'Conformance Signer');
    console.log(`signing ${cases.length} documents`);
    const answers = await signAll(cases, identity, signedFolder);
    const documents = cases.flatMap((each): SignedDocument[] => {
      const answer = answers.get(caseId(each));
      if (answer?.kind !== 'signed') return [];
      const { path: signedPath, password } = answer;
      return [{ id: caseId(each), profile: each.profile, originalPath: each.path, signedPath, password }];
    });
    console.log(`judging ${documents.length} signed documents: ${JUDGE_NAMES.join(', ')}\n`);
    const verdicts = await judgeAll(documents, identity);
    return cases.map((each) => {
      const id = caseId(each);
      const ofCase = JUDGE_NAMES.flatMap((judge): [string, Verdict][] => {
        const verdict = verdicts.get(judge)?.get(id);
        return verdict === undefined ? [] : [[judge, verdict]];
      });
      const answer = answers.get(id) ?? { kind: 'broken', message: 'never asked', millis: 0 };
      return outcomeOf(each, answer, new Map(ofCase));
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Count {
  readonly passed: number;
  readonly failed: number;
}

async function judgeDocuments(options: Options): Promise<Count> {
  const isCorpus = corpusIsThere(options.folder);
  if (!isCorpus) {
    console.log(
      `SKIPPED: the corpus is not there (${options.folder}). A few documents made on the spot stand in for it.`,
    );
  }
  const outcomes = await conformance(options);
  printReport(outcomes, JUDGE_NAMES, isCorpus);
  if (options.json !== undefined) await writeFile(options.json, reportJson(outcomes));
  const passed = outcomes.filter((outcome) => outcome.passed).length;
  return { passed, failed: outcomes.length - passed };
}

/** A line for each client with what it did, and one for each step that failed. */
function printSteps(steps: readonly ClientStep[]): void {
  console.log('\nclients');
  for (const [client, ofClient] of Map.groupBy(steps, (each) => each.client)) {
    const done = ofClient.filter(({ failure }) => failure === undefined).map(({ step }) => step);
    if (done.length > 0) console.log(`ok    ${client}: ${done.join(', ')}`);
    for (const { step, failure } of ofClient)
      if (failure !== undefined) console.log(`FAIL  ${client}: ${step}: ${failure}`);
  }
}

async function tryClients(): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'));
  try {
    const steps = await runForeignClients(folder);
    printSteps(steps);
    const passed = steps.filter(({ failure }) => failure === undefined).length;
    return { passed, failed: steps.length - passed };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const counts: Count[] = [];
  if (options.part !== 'clients') counts.push(await judgeDocuments(options));
  if (options.part !== 'documents') counts.push(await tryClients());
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  const isWhole = options.part === 'clients' || corpusIsThere(options.folder);
  console.log(`\n${passed} passed, ${failed} failed${isWhole ? '' : ', 1 skipped'}`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  // The closing line is read by a program: a run that broke counts as a failure, not as silence.
  console.error(error);
  console.log('\n0 passed, 1 failed');
  process.exitCode = 2;
}
