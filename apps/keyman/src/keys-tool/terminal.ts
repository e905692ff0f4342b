import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks the person at the terminal. */
export interface Terminal {
  ask(question: string): Promise<string>;
  /** What is typed is not shown. */
  askSecret(question: string): Promise<string>;
}

/** @throws Error with a sentence where nobody sits at standard input */
export function openTerminal(): Terminal {
  if (!process.stdin.isTTY) throw new Error('nobody can be asked here: standard input is not a terminal (see --help)');
  const ask = async (question: string, shown: boolean): Promise<string> => {
    process.stderr.write(question);
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: shown ? process.stderr : silent, terminal: true });
    try {
      return await lines.question('');
    } finally {
      lines.close();
      if (!shown) process.stderr.write('\n');
    }
  };
  return { ask: (question) => ask(question, true), askSecret: (question) => ask(question, false) };
}
