import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPkcs11Module, prepareSoftHsmToken, type Pkcs11Settings } from '@cinnabar/custody/pkcs11';
import type { KeymanSettings } from './settings/index.ts';

/** What tells where the token is; tools read these settings and no others. Only the server takes keys in. */
export type TokenPlace = Pick<
  KeymanSettings,
  'home' | 'pkcs11Module' | 'pkcs11Token' | 'pkcs11PinPath' | 'wrappingMechanism' | 'signingSessions'
> &
  Partial<Pick<KeymanSettings, 'importBy'>>;

/** A token that the settings name, or one of SoftHSM's under `CINNABAR_HOME`, made at the first start. */
export async function pkcs11Settings(settings: TokenPlace): Promise<Pkcs11Settings> {
  const modulePath = findPkcs11Module(settings.pkcs11Module);
  const habits = {
    modulePath,
    wrappingMechanism: settings.wrappingMechanism,
    ...(settings.importBy === undefined ? {} : { importBy: settings.importBy }),
    ...(settings.signingSessions === undefined ? {} : { signingSessions: settings.signingSessions }),
  };
  const { pkcs11PinPath } = settings;
  if (pkcs11PinPath !== undefined)
    return { ...habits, tokenLabel: settings.pkcs11Token, readPin: () => pinIn(pkcs11PinPath) };
  const token = await prepareSoftHsmToken({
    directory: join(settings.home, 'softhsm'),
    label: settings.pkcs11Token,
    modulePath,
  });
  // SoftHSM itself reads the variable when it is loaded.
  process.env['SOFTHSM2_CONF'] = token.configurationFile;
  return { ...habits, tokenLabel: token.label, readPin: () => pinIn(token.pinFile) };
}

function pinIn(path: string): string {
  return readFileSync(path, 'utf8').trim();
}
