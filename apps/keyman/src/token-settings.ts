import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPkcs11Module, prepareSoftHsmToken, type Pkcs11Settings } from '@cinnabar/custody/pkcs11';
import { startRefusal } from '@cinnabar/persistence';
import type { KeymanSettings } from './settings/index.ts';

/** What tells where the token is; tools read these settings and no others. Only the server takes keys in. */
export type TokenPlace = Pick<
  KeymanSettings,
  'home' | 'pkcs11Module' | 'pkcs11Token' | 'pkcs11PinPath' | 'wrappingMechanism' | 'signingSessions'
> &
  Partial<Pick<KeymanSettings, 'importBy' | 'signingThreads'>>;

/** A token that the settings name, or one of SoftHSM's under `CINNABAR_HOME`, made at the first start. */
export async function pkcs11Settings(settings: TokenPlace): Promise<Pkcs11Settings> {
  const modulePath = findPkcs11Module(settings.pkcs11Module);
  const habits = {
    modulePath,
    wrappingMechanism: settings.wrappingMechanism,
    ...(settings.importBy === undefined ? {} : { importBy: settings.importBy }),
    ...(settings.signingSessions === undefined ? {} : { signingSessions: settings.signingSessions }),
    ...(settings.signingThreads === undefined ? {} : { signingThreads: settings.signingThreads }),
  };
  const { pkcs11PinPath } = settings;
  if (pkcs11PinPath !== undefined)
    return { ...habits, tokenLabel: settings.pkcs11Token, readPin: () => pinIn(pkcs11PinPath) };
  const token = await prepareSoftHsmToken({
    directory: softHsmFolder(settings.home),
    label: settings.pkcs11Token,
    modulePath,
  });
  // SoftHSM itself reads the variable when it is loaded.
  process.env['SOFTHSM2_CONF'] = token.configurationFile;
  return { ...habits, tokenLabel: token.label, readPin: () => pinIn(token.pinFile) };
}

/** The same for programs that never make a token. @throws CodedError with a sentence for the operator */
export async function existingPkcs11Settings(settings: TokenPlace): Promise<Pkcs11Settings> {
  if (settings.pkcs11PinPath === undefined && !existsSync(join(softHsmFolder(settings.home), 'tokens'))) {
    throw startRefusal(`There is no token under ${settings.home}: set CINNABAR_HOME or PKCS11_PIN_FILE.`);
  }
  return await pkcs11Settings(settings);
}

/** Where the token lies that keyman made itself. */
export function softHsmFolder(home: string): string {
  return join(home, 'softhsm');
}

function pinIn(path: string): string {
  return readFileSync(path, 'utf8').trim();
}
