import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pkcs11js from 'pkcs11js';
import { ckrOf, type Handle } from './cryptoki.ts';
import { CURVE_OIDS, importTemplate, kekTemplate, unlockTemplate, WRAPPING_MECHANISM_TYPES } from './key-templates.ts';
import { findPkcs11Module } from './module-path.ts';
import { prepareSoftHsmToken } from './softhsm-token.ts';
import { TokenSessions } from './token-sessions.ts';
import { TransportKey } from './transport-key.ts';

// Prints softhsm/capabilities.md: what a fresh token of the installed SoftHSM can do, tried and not read.
//   node libs/custody/src/pkcs11/token-capabilities.script.ts > softhsm/capabilities.md

type Attempt = () => string;

/** PKCS#11 2.40 2.1.21; not among pkcs11js' names. */
const CKM_RSA_AES_KEY_WRAP = 0x1054;

const modulePath = findPkcs11Module();
const [, script = '', givenPinFile] = process.argv;
if (givenPinFile === undefined) {
  // SOFTHSM2_CONF has to be there when the process starts: once more, with a throw-away token.
  const directory = await mkdtemp(join(tmpdir(), 'cinnabar-capabilities-'));
  const { configurationFile, pinFile } = await prepareSoftHsmToken({ directory, label: 'capabilities', modulePath });
  const environment = { SOFTHSM2_CONF: configurationFile };
  const { status } = spawnSync(process.execPath, [script, pinFile], { env: environment, stdio: 'inherit' });
  await rm(directory, { recursive: true });
  process.exit(status ?? 1);
}

const pin = readFileSync(givenPinFile, 'utf8');
const sessions = new TokenSessions({ modulePath, tokenLabel: 'capabilities', pin });
const { cryptoki, service: session } = sessions;
const kek = cryptoki.C_GenerateKey(session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, kekTemplate('trial'));

const { libraryDescription, libraryVersion } = cryptoki.C_GetInfo();
console.log(`# What the token can do

Measured by \`libs/custody/src/pkcs11/token-capabilities.script.ts\` on ${libraryDescription.trim()} \
${libraryVersion.major}.${libraryVersion.minor} (as C_GetInfo reports it). Not edited by hand.

| what | outcome |
|---|---|`);

const keys: readonly (readonly [string, Attempt])[] = [
  ...[2048, 3072, 4096].map((bits) => [`RSA-${bits}`, () => wrapped(generate(rsaTemplate(bits)))] as const),
  ...Object.entries(CURVE_OIDS).map(([name, oid]) => [name, () => wrapped(generate(ecTemplate(oid)))] as const),
  ['Ed25519', () => wrapped(generateEdwards())],
];
for (const [name, attempt] of keys) report(`generate and wrap ${name} (CKM_AES_KEY_WRAP_PAD)`, attempt);

for (const [name, type] of Object.entries(WRAPPING_MECHANISM_TYPES)) {
  report(`wrap P-256 with ${name}`, () => `${wrap(generate(ecTemplate(CURVE_OIDS['EC-P256'])), type).length} octets`);
}
report('import a private key (C_CreateObject)', () => {
  const scalar = Buffer.alloc(32, 0x11);
  cryptoki.C_CreateObject(session, importTemplate({ keyType: 'EC-P256', curveOidDer: CURVE_OIDS['EC-P256'], scalar }));
  return 'yes';
});
report('import a private key by a transport key (RSA-OAEP, then CKM_AES_KEY_WRAP_PAD)', () => {
  const transportKey = new TransportKey(cryptoki, session, 'CKM_AES_KEY_WRAP_PAD');
  const scalar = Buffer.alloc(32, 0x11);
  transportKey.import({ keyType: 'EC-P256', curveOidDer: CURVE_OIDS['EC-P256'], scalar });
  return `yes, OAEP with ${transportKey.oaepHash}`;
});
report('unwrap with CKM_RSA_AES_KEY_WRAP', () => {
  cryptoki.C_GetMechanismInfo(sessions.slot, CKM_RSA_AES_KEY_WRAP);
  return 'yes';
});
report('read a key of the token (CKA_VALUE of the KEK)', () => {
  cryptoki.C_GetAttributeValue(session, kek, [{ type: pkcs11js.CKA_VALUE }]);
  return '**yes**';
});
report('wrap a key that is not extractable', () => {
  const key = generate(ecTemplate(CURVE_OIDS['EC-P256']));
  const blob = wrap(key, WRAPPING_MECHANISM_TYPES.CKM_AES_KEY_WRAP_PAD);
  const template = unlockTemplate('EC-P256');
  const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES.CKM_AES_KEY_WRAP_PAD };
  return `**yes**, ${wrap(cryptoki.C_UnwrapKey(session, mechanism, kek, blob, template), mechanism.mechanism).length} octets`;
});
report('destroy a KEK, though it cannot be modified', () => {
  cryptoki.C_DestroyObject(session, kek);
  return 'yes';
});
report('an unlocked key used from another session', () => {
  const key = generate(ecTemplate(CURVE_OIDS['EC-P256']));
  sign(sessions.openSession(), key);
  return 'yes';
});
report('an unlocked key after its session was closed', () => {
  const vault = sessions.openSession();
  const key = generate(ecTemplate(CURVE_OIDS['EC-P256']), vault);
  sessions.closeSession(vault);
  sign(session, key);
  return '**yes**';
});

sessions.closeAll();
cryptoki.C_Finalize();

function report(what: string, attempt: Attempt): void {
  let outcome: string;
  try {
    outcome = attempt();
  } catch (error) {
    if (ckrOf(error) === undefined) throw error;
    outcome = `no: ${(error as Error).message}`;
  }
  console.log(`| ${what} | ${outcome} |`);
}

interface Generation {
  readonly mechanism: number;
  readonly publicKey: Parameters<typeof cryptoki.C_CreateObject>[1];
}

function rsaTemplate(bits: number): Generation {
  return {
    mechanism: pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN,
    publicKey: [
      { type: pkcs11js.CKA_MODULUS_BITS, value: bits },
      { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) },
    ],
  };
}

function ecTemplate(oid: Buffer): Generation {
  return {
    mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN,
    publicKey: [{ type: pkcs11js.CKA_EC_PARAMS, value: oid }],
  };
}

function generateEdwards(): Handle {
  // CKM_EC_EDWARDS_KEY_PAIR_GEN of PKCS#11 3.0; the curve by its PrintableString name, as SoftHSM wants it.
  const name = Buffer.from('130c656477617264733235353139', 'hex');
  return generate({ mechanism: 0x1055, publicKey: [{ type: pkcs11js.CKA_EC_PARAMS, value: name }] });
}

function generate({ mechanism, publicKey }: Generation, where = session): Handle {
  const pair = cryptoki.C_GenerateKeyPair(
    where,
    { mechanism },
    [{ type: pkcs11js.CKA_TOKEN, value: false }, ...publicKey],
    [
      { type: pkcs11js.CKA_TOKEN, value: false },
      { type: pkcs11js.CKA_SIGN, value: true },
      { type: pkcs11js.CKA_EXTRACTABLE, value: true },
    ],
  );
  return Uint8Array.from(pair.privateKey);
}

function wrap(key: Uint8Array, mechanism: number): Buffer {
  return Buffer.from(cryptoki.C_WrapKey(session, { mechanism }, kek, Buffer.from(key), Buffer.alloc(8_192)));
}

/** The numbers of an RSA key begin with zero octets or not, so that two of one size differ in length: told in hundreds, the page stays the same. */
function wrapped(key: Handle): string {
  const { length } = wrap(key, WRAPPING_MECHANISM_TYPES.CKM_AES_KEY_WRAP_PAD);
  return length < 500 ? `yes, ${length} octets` : `yes, about ${Math.round(length / 100) * 100} octets`;
}

function sign(where: Buffer, key: Handle): void {
  cryptoki.C_SignInit(where, { mechanism: pkcs11js.CKM_ECDSA }, Buffer.from(key));
  cryptoki.C_Sign(where, Buffer.alloc(32, 1), Buffer.alloc(64));
}
