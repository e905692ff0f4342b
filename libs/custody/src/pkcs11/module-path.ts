import { existsSync } from 'node:fs';
import { CodedError } from '@cinnabar/core';

/** Where distributions put SoftHSM: Debian and Ubuntu (by architecture), Fedora, Arch, Homebrew. */
const SOFTHSM_PATHS = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/lib/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

/**
 * The PKCS#11 library: the configured one (`PKCS11_MODULE`), or SoftHSM where it usually is.
 * @throws CodedError `hsm-not-available` naming what is missing, for the operator
 */
export function findPkcs11Module(configured?: string): string {
  if (configured !== undefined) {
    if (existsSync(configured)) return configured;
    throw new CodedError('hsm-not-available', `the PKCS#11 library ${configured} does not exist`);
  }
  const found = SOFTHSM_PATHS.find((path) => existsSync(path));
  if (found === undefined) throw new CodedError('hsm-not-available', 'SoftHSM is not installed (Debian: softhsm2)');
  return found;
}
