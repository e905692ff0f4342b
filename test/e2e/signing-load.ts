import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { RestCaller, type Answer } from './rest-caller.ts';
import { PIN, type Signer } from './people.ts';

/** One answer of a load, with what finds it in the audit. */
export interface LoadAnswer {
  /** Named by this request alone, as `caller.app`. */
  readonly app: string;
  readonly traceid: string;
  readonly code: string;
  readonly message: string;
  readonly isSignature: boolean;
  readonly sentAtMs: number;
}

let loads = 0;

/** Clients that sign one digest after the other, each as soon as it has its answer, until they are stopped or the server is gone. */
export class SigningLoad {
  readonly answers: LoadAnswer[] = [];
  /** Requests that got no answer. */
  lost = 0;
  private readonly name = `load-${++loads}`;
  private stopped = false;
  private readonly clients: Promise<void>[];
  private sent = 0;

  constructor(signers: readonly Signer[], clientCount: number) {
    this.clients = Array.from({ length: clientCount }, (_, index) => this.run(signers[index % signers.length]));
  }

  get signatures(): readonly LoadAnswer[] {
    return this.answers.filter(({ isSignature }) => isSignature);
  }

  /** Resolves when that many signatures have been received. */
  async reaches(count: number): Promise<void> {
    while (this.signatures.length < count) await setTimeout(5);
  }

  /** Resolves when that many requests have been answered that were sent after that moment, so that there is something to judge. */
  async goesOnAfter(momentMs: number, count = 8): Promise<void> {
    while (this.answers.filter(({ sentAtMs }) => sentAtMs > momentMs).length < count) await setTimeout(5);
  }

  /** Lets every client finish what it has under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.ended();
  }

  /** Resolves when no client is left, as when the server is gone. */
  async ended(): Promise<void> {
    await Promise.all(this.clients);
  }

  private async run(signer: Signer | undefined): Promise<void> {
    if (signer === undefined) throw new Error('a load needs signers');
    while (!this.stopped) {
      const app = `${this.name}-${++this.sent}`;
      const sentAtMs = performance.now();
      let answer: Answer;
      try {
        answer = await signOnce(signer, { app });
      } catch {
        this.lost += 1;
        return;
      }
      const { code, message, body } = answer;
      const isSignature = code === 'K0000' && typeof body['data'] === 'string' && body['data'].length > 0;
      const traceid = (body['error'] as { traceid: string }).traceid;
      this.answers.push({ app, traceid, code, message, isSignature, sentAtMs });
    }
  }
}

/** One Sign/Hash over a random digest, by the v4 path, whose answers name their trace. */
export function signOnce(signer: Signer, caller: { readonly app: string }, pin = PIN): Promise<Answer> {
  return new RestCaller(signer.client.url, signer.client.token).call(
    'Sign/Hash',
    {
      cert: { certid: signer.certid, pin },
      hash: { algorithm: 'SHA256', digest: randomBytes(32).toString('base64') },
      caller,
    },
    'v4',
  );
}
