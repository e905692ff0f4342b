import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const USAGE = `Usage: bin/demo [FILE.pdf] [--url URL] [--password PASSWORD] [--verbose] [--force]
Signs FILE.pdf with the running server (bin/up) and checks the result with programs that are not ours.
Makes a throw-away certificate, a user and a PIN for it; writes FILE-signed.pdf beside FILE.pdf.
  FILE.pdf             the document; without it, a one-page PDF is made in the current folder
  --url URL            the server (default: http://127.0.0.1:8080, with KEYMAN_PORT if that is set)
  --password PASSWORD  opens FILE.pdf if it is encrypted
  --verbose            show each request as a curl command, without its secrets
  --force              overwrite a FILE-signed.pdf that was not written by this demonstration
The administrator's password comes from KEYMAN_ADMIN_PASSWORD or from first-admin.txt in CINNABAR_HOME.`;

export interface DemoOptions {
  /** Absolute; undefined: make one. */
  readonly file: string | undefined;
  readonly url: string;
  /** Opens the document. */
  readonly password: string | undefined;
  readonly verbose: boolean;
  readonly force: boolean;
  readonly help: boolean;
}

/** @throws TypeError on an unknown option, or on more than one file */
export function readDemoOptions(args: readonly string[], port: string | undefined): DemoOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      password: { type: 'string' },
      verbose: { type: 'boolean', short: 'v', default: false },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [file, ...more] = positionals;
  if (more.length > 0) throw new TypeError('one FILE.pdf at a time');
  return {
    file: file === undefined ? undefined : resolve(file),
    url: values.url ?? `http://127.0.0.1:${port ?? '8080'}`,
    password: values.password,
    verbose: values.verbose,
    force: values.force,
    help: values.help,
  };
}
