import { withDefaults, type CustodySettings, type CustodySettingsInput } from '../custody-settings.ts';
import type { CustodyPorts } from '../ports.ts';
import { SlotCustody } from '../slot-custody.ts';
import { resolvePkcs11Settings, type Pkcs11Settings } from './pkcs11-settings.ts';
import { Pkcs11Token } from './pkcs11-token.ts';

/** Custody on a token, which also has the key that signs the audit. */
export class Pkcs11Custody extends SlotCustody {
  readonly #auditToken: Pkcs11Token;

  constructor(token: Pkcs11Token, ports: CustodyPorts, settings: CustodySettings) {
    super(token, ports, settings);
    this.#auditToken = token;
  }

  /**
   * A signature by the audit key (`openAuditSigningKey` makes it), one call after the other with those that open keys:
   * SoftHSM 2.6 reads two private token objects at once through one decryption context.
   * @returns ECDSA-Sig-Value, DER. @throws CodedError `hsm-not-available`, and `internal` where the token has no such key
   */
  signAudit(message: Uint8Array): Promise<Uint8Array> {
    return this.#auditToken.signAudit(message);
  }
}

/**
 * Custody on a token that `initialiseToken` has seen. SoftHSM reads `SOFTHSM2_CONF` when it is initialised: the
 * application sets it in `process.env` before.
 * @throws CodedError `hsm-not-available` with the reason, for the operator
 */
export async function openPkcs11Custody(
  pkcs11: Pkcs11Settings,
  ports: CustodyPorts,
  settings?: CustodySettingsInput,
): Promise<Pkcs11Custody> {
  const checked = withDefaults(settings);
  return new Pkcs11Custody(await Pkcs11Token.open(resolvePkcs11Settings(pkcs11)), ports, checked);
}
