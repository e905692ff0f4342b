import { text } from 'node:stream/consumers';
import pkcs11js from 'pkcs11js';
import { initialiseCryptoki, loadCryptoki } from './cryptoki.ts';

// A program: C_InitToken and C_InitPIN on the first free slot of the SoftHSM that SOFTHSM2_CONF names.
// stdin: {"label","modulePath","soPin","userPin"}.

interface Order {
  readonly label: string;
  readonly modulePath: string;
  readonly soPin: string;
  readonly userPin: string;
}

const { label, modulePath, soPin, userPin } = JSON.parse(await text(process.stdin)) as Order;
const cryptoki = loadCryptoki(modulePath);
initialiseCryptoki(cryptoki);
const [free] = cryptoki.C_GetSlotList(true);
if (free === undefined) throw new Error('SoftHSM offers no free slot');
// The standard's label is 32 octets, filled up with blanks; pkcs11js passes on what it is given.
cryptoki.C_InitToken(free, soPin, label.padEnd(32));
// SoftHSM gives the new token a slot of its own number; ask again rather than guess.
const slot = cryptoki.C_GetSlotList(true).find((each) => cryptoki.C_GetTokenInfo(each).label.trimEnd() === label);
if (slot === undefined) throw new Error('SoftHSM does not show the new token');
const session = cryptoki.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
cryptoki.C_Login(session, pkcs11js.CKU_SO, soPin);
cryptoki.C_InitPIN(session, userPin);
cryptoki.C_Finalize();
