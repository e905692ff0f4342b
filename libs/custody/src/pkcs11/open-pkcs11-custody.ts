import { withDefaults, type CustodySettingsInput } from '../custody-settings.ts';
import type { KeyCustody } from '../key-custody.ts';
import type { CustodyPorts } from '../ports.ts';
import { SlotCustody } from '../slot-custody.ts';
import { resolvePkcs11Settings, type Pkcs11Settings } from './pkcs11-settings.ts';
import { Pkcs11Token } from './pkcs11-token.ts';

/**
 * Custody on a token that `initialiseToken` has seen. SoftHSM reads `SOFTHSM2_CONF` when it is initialised: the
 * application sets it in `process.env` before.
 * @throws CodedError `hsm-not-available` with the reason, for the operator
 */
export async function openPkcs11Custody(
  pkcs11: Pkcs11Settings,
  ports: CustodyPorts,
  settings?: CustodySettingsInput,
): Promise<KeyCustody> {
  const checked = withDefaults(settings);
  return new SlotCustody(await Pkcs11Token.open(resolvePkcs11Settings(pkcs11)), ports, checked);
}
