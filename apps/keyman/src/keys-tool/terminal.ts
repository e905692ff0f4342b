import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CodedError } from '@cinnabar/core';

/** Asks the person at the terminal. Whoever leaves a question (Ctrl-C, Ctrl-D) has not confirmed. */
export interface Terminal {
  ask(question: string): Promise<string>;
  /** What is typed is not shown. */
  askSecret(question: string): Promise<string>;
}

/** @throws Error with a sentence where nobody sits at standard input */
export function openTerminal(): Terminal {
  if (!process.stdin.isTTY) throw new Error('nobody can be asked here: standard input is not a terminal (see --help)');
  return { ask: (question) => askAtStdin(question, true), askSecret: (question) => askAtStdin(question, false) };
}

/** @throws CodedError `refused-in-state` where the question is left */
function askAtStdin(question: string, shown: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let isMuted = false;
    const output = new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (!isMuted) process.stderr.write(chunk);
        done();
      },
    });
    // From here on the terminal itself echoes nothing: before anybody can have read the question.
    const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
    lines.once('close', () => {
      if (!shown) process.stderr.write('\n');
      reject(new CodedError('refused-in-state', 'not confirmed'));
    });
    lines.question(question, (answer) => {
      resolve(answer);
      // At once: what was pasted after this line, a password perhaps, is not shown but thrown away.
      lines.close();
    });
    isMuted = !shown;
  });
}
