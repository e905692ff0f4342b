import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The first administrator's password: KEYMAN_ADMIN_PASSWORD, or what the server wrote at its first start.
 * @throws with a sentence for the person at the terminal
 */
export async function adminPassword(
  environment: Readonly<Record<string, string | undefined>>,
  repositoryRoot: string,
): Promise<string> {
  const { KEYMAN_ADMIN_PASSWORD: given, CINNABAR_HOME: home } = environment;
  if (given !== undefined && given !== '') return given;
  const path = join(home ?? join(repositoryRoot, 'var'), 'first-admin.txt');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(
      `the administrator's password is not to be had: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). ` +
        'Set KEYMAN_ADMIN_PASSWORD, or CINNABAR_HOME if the server runs with another one.',
    );
  });
  const password = text.trim().split(/\s+/).at(-1);
  if (password === undefined || password === '') throw new Error(`${path} is empty; set KEYMAN_ADMIN_PASSWORD`);
  return password;
}
