import { choice, count, list, setting, words, yesOrNo } from '@cinnabar/config';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MIB = 1024 * 1024;

/** Where keyman keeps things, where it listens, and what it works with. */
const PLACES = {
  home: setting('CINNABAR_HOME', words(), {
    fallback: 'var',
    summary: 'Folder of all state: token, database, mails, first password.',
  }),
  host: setting('KEYMAN_HOST', words(), {
    fallback: '127.0.0.1',
    summary: 'Address to listen on. Another than loopback needs TLS or a trusted proxy.',
  }),
  port: setting('KEYMAN_PORT', count(0, 65_535), { fallback: '8080', summary: 'TCP port; 0 takes a free one.' }),
  tlsCertificatePath: setting('KEYMAN_TLS_CERT', words(), {
    summary: 'PEM file of the server certificate and its chain.',
  }),
  tlsKeyPath: setting('KEYMAN_TLS_KEY', words(), { summary: 'PEM file of its private key.' }),
  trustedProxies: setting('KEYMAN_TRUSTED_PROXY', list(), {
    fallback: '',
    fallbackNote: 'none',
    summary: 'Addresses or networks (CIDR), by commas, of proxies that end TLS; their `X-Forwarded-For` is believed.',
  }),
  databaseUrl: setting('DATABASE_URL', words(), {
    secret: true,
    summary: 'PostgreSQL 15 or newer, as a role that owns nothing. Unset: a private cluster under `CINNABAR_HOME`.',
  }),
  migrationUrl: setting('DATABASE_MIGRATION_URL', words(), {
    secret: true,
    summary: 'The same database as the role that owns the schema; needed where migrations are pending.',
  }),
  databasePool: setting('KEYMAN_DATABASE_POOL', count(2, 200), {
    fallback: '12',
    summary: 'Database connections for requests.',
  }),
  adminPassword: setting('KEYMAN_ADMIN_PASSWORD', words().min(8, 'is shorter than 8 characters'), {
    secret: true,
    fallbackNote: 'random, written once to `CINNABAR_HOME/first-admin.txt`',
    summary: 'Password of the first admin, used when the database has no user yet.',
  }),
  pkcs11Module: setting('PKCS11_MODULE', words(), {
    fallbackNote: 'SoftHSM where Debian puts it',
    summary: 'PKCS#11 library of the HSM.',
  }),
  pkcs11Token: setting('PKCS11_TOKEN', words(), { fallback: 'cinnabar', summary: 'Label of the token.' }),
  pkcs11PinPath: setting('PKCS11_PIN_FILE', words(), {
    fallbackNote: 'the one that set-up wrote',
    summary: "File with the token's user PIN, readable by the server alone.",
  }),
  wrappingMechanism: setting('PKCS11_WRAPPING', choice(['CKM_AES_KEY_WRAP_PAD', 'CKM_AES_KEY_WRAP_KWP']), {
    fallback: 'CKM_AES_KEY_WRAP_PAD',
    summary: 'How the HSM wraps private keys; tried at each start.',
  }),
  importBy: setting('PKCS11_IMPORT', choice(['create-object', 'transport-key', 'none']), {
    fallback: 'create-object',
    summary:
      'How keys of PFX files get into the HSM: in clear (C_CreateObject), wrapped for a transport key of the HSM, or not at all: only keys born in it. Tried at each start.',
  }),
  logLevel: setting('KEYMAN_LOG_LEVEL', choice(['error', 'warn', 'info', 'debug', 'trace']), {
    fallback: 'info',
    summary: 'How much is logged. Secrets are logged at no level.',
  }),
};

const CONTRACT = {
  alwaysErrorObject: setting('KEYMAN_ALWAYS_ERROR_OBJECT', yesOrNo(), {
    fallback: 'false',
    summary: 'Answers `error: {code: "K0000", …}` on success everywhere, where most samples print `null`.',
  }),
  httpStatusErrors: setting('KEYMAN_HTTP_STATUS_ERRORS', yesOrNo(), {
    fallback: 'false',
    summary:
      'Gives application errors an HTTP status of their own; off: they come with 200, as clients of this API expect.',
  }),
  defaultHash: setting('KEYMAN_DEFAULT_HASH', choice(['SHA256', 'SHA1']), {
    fallback: 'SHA256',
    summary: 'Hash of document signatures where the caller names none.',
  }),
  docs: setting('KEYMAN_DOCS', yesOrNo(), {
    fallback: 'true',
    summary:
      'Serves the contract for readers: the page `/docs` and `/docs/openapi.json`. Both tell nothing of this installation.',
  }),
  soapNamespace: setting('KEYMAN_SOAP_NAMESPACE', words(), {
    fallback: 'urn:cinnabar:keyman:v3',
    summary: 'XML namespace of the SOAP service and its types. Clients are generated with it: choose it once.',
  }),
  soapOpenMessages: setting('KEYMAN_SOAP_OPEN_MESSAGES', count(1, 1024), {
    fallback: '8',
    summary:
      'SOAP messages above 64 KiB read at once for callers whose token is inside the message; those who send it as header `Authentication` too do not wait.',
  }),
  bodyLimitBytes: setting('KEYMAN_BODY_LIMIT_BYTES', count(1024, 256 * MIB), {
    fallback: String(64 * MIB),
    summary: 'Largest JSON or SOAP body; documents beyond it go as multipart/form-data.',
  }),
};

const RATES = {
  addressRate: setting('KEYMAN_RATE_PER_ADDRESS', count(0, 1_000_000), {
    fallback: '5000',
    summary:
      'Requests a second that one address may send to this node, health checks aside; beyond it K0019 and `Retry-After`. An application server or a gateway is one address for all its users. 0: no limit.',
  }),
  addressBurst: setting('KEYMAN_RATE_PER_ADDRESS_BURST', count(0, 10_000_000), {
    fallback: '10000',
    summary: 'Requests beyond that in ten seconds, for peaks.',
  }),
  userRate: setting('KEYMAN_RATE_PER_USER', count(0, 1_000_000), {
    fallback: '0',
    summary:
      'Requests a second of one user, over all sessions, on this node. 0: no limit, since a bulk signer is one user.',
  }),
  userBurst: setting('KEYMAN_RATE_PER_USER_BURST', count(0, 10_000_000), {
    fallback: '100',
    summary: 'Requests beyond that in ten seconds, for peaks.',
  }),
};

const LOG_IN = {
  passwordMinLength: setting('KEYMAN_PASSWORD_MIN_LENGTH', count(1, 128), {
    fallback: '6',
    summary: 'Characters that a new password has at least.',
  }),
  passwordMemoryKib: setting('KEYMAN_PASSWORD_ARGON2_MEMORY_KIB', count(8192, 4_194_304), {
    fallback: '65536',
    summary: 'Argon2id memory for passwords.',
  }),
  passwordPasses: setting('KEYMAN_PASSWORD_ARGON2_PASSES', count(1, 100), {
    fallback: '3',
    summary: 'Argon2id passes for passwords.',
  }),
  passwordParallelism: setting('KEYMAN_PASSWORD_ARGON2_PARALLELISM', count(1, 16), {
    fallback: '1',
    summary: 'Argon2id lanes for passwords.',
  }),
  sessionIdleMs: setting('KEYMAN_SESSION_IDLE_MS', count(MINUTE_MS, 24 * HOUR_MS), {
    fallback: String(30 * MINUTE_MS),
    summary: 'A log-in token ends when it was not used for so long.',
  }),
  sessionMaxMs: setting('KEYMAN_SESSION_MAX_MS', count(MINUTE_MS, 168 * HOUR_MS), {
    fallback: String(12 * HOUR_MS),
    summary: 'A log-in token ends after so long, used or not.',
  }),
  loginSlowAfterFailures: setting('KEYMAN_LOGIN_SLOW_AFTER_FAILURES', count(1, 1000), {
    fallback: '3',
    summary: 'From this failed log-in on, answers come later and later.',
  }),
  loginLockAfterFailures: setting('KEYMAN_LOGIN_LOCK_AFTER_FAILURES', count(2, 1000), {
    fallback: '10',
    summary: 'Failed log-ins that lock a user or an address.',
  }),
  loginLockMs: setting('KEYMAN_LOGIN_LOCK_MS', count(5000, 24 * HOUR_MS), {
    fallback: String(15 * MINUTE_MS),
    summary: 'How long such a lock holds.',
  }),
};

/** What custody opens: a key that was sealed at a higher cost would be refused at its first use. */
const SLOT_COST_MAX = { memoryKib: 262_144, passes: 16, parallelism: 8 };

const CUSTODY = {
  pinMinLength: setting('KEYMAN_PIN_MIN_LENGTH', count(4, 64), {
    fallback: '6',
    summary: 'Characters that a new PIN has at least.',
  }),
  pinTriesInRow: setting('KEYMAN_PIN_TRIES', count(1, 100), {
    fallback: '5',
    summary: 'Wrong PINs in a row that lock a key until an admin unlocks it.',
  }),
  pinTriesPerDay: setting('KEYMAN_PIN_TRIES_PER_DAY', count(1, 10_000), {
    fallback: '20',
    summary: 'Wrong PINs in a day (UTC) that lock a key until the next.',
  }),
  activationTtlMs: setting('KEYMAN_ACTIVATION_TTL_MS', count(HOUR_MS, 90 * 24 * HOUR_MS), {
    fallback: String(7 * 24 * HOUR_MS),
    summary: 'How long the mailed activation code of a new key is good for.',
  }),
  codeDigits: setting('KEYMAN_CODE_DIGITS', count(6, 9), {
    fallback: '6',
    summary: 'Digits of a one-time code.',
  }),
  codeTtlMs: setting('KEYMAN_CODE_TTL_MS', count(1000, HOUR_MS), {
    fallback: String(5 * MINUTE_MS),
    summary: 'How long a one-time code is good for.',
  }),
  codeTries: setting('KEYMAN_CODE_TRIES', count(1, 20), {
    fallback: '5',
    summary: 'Wrong tries that end a one-time code. They count as tries at the key’s codes all together, too.',
  }),
  codesPerHour: setting('KEYMAN_CODES_PER_HOUR', count(1, 10_000), {
    fallback: '20',
    summary: 'One-time codes that may be asked for in an hour, for each certificate.',
  }),
  slotMemoryKib: setting('KEYMAN_PIN_ARGON2_MEMORY_KIB', count(8192, SLOT_COST_MAX.memoryKib), {
    fallback: '19456',
    summary: 'Argon2id memory for PINs of new slots.',
  }),
  slotPasses: setting('KEYMAN_PIN_ARGON2_PASSES', count(1, SLOT_COST_MAX.passes), {
    fallback: '2',
    summary: 'Argon2id passes for PINs of new slots.',
  }),
  slotParallelism: setting('KEYMAN_PIN_ARGON2_PARALLELISM', count(1, SLOT_COST_MAX.parallelism), {
    fallback: '1',
    summary: 'Argon2id lanes for PINs of new slots.',
  }),
  unlockedIdleMs: setting('KEYMAN_UNLOCKED_IDLE_MS', count(1, HOUR_MS), {
    fallback: String(5 * MINUTE_MS),
    summary: 'An unlocked key is forgotten when it was not used for so long.',
  }),
  unlockedMaxMs: setting('KEYMAN_UNLOCKED_MAX_MS', count(1, 24 * HOUR_MS), {
    fallback: String(HOUR_MS),
    summary: 'An unlocked key is forgotten after so long, used or not.',
  }),
  unlockedKeys: setting('KEYMAN_UNLOCKED_KEYS', count(1, 1_000_000), {
    fallback: '10000',
    summary: 'Unlocked keys at the most; beyond it the longest unused is forgotten.',
  }),
  signingSessions: setting('KEYMAN_SIGNING_SESSIONS', count(1, 256), {
    fallbackNote: '6 for each signing thread',
    summary: 'HSM sessions that signatures are dealt to.',
  }),
  signingThreads: setting('KEYMAN_SIGNING_THREADS', count(1, 128), {
    fallbackNote: 'one for each core (at least 2), and one more',
    summary: 'Signatures that are in the HSM at the same time. A network HSM takes more than there are cores here.',
  }),
  pfxMaxBytes: setting('KEYMAN_PFX_MAX_BYTES', count(1024, 16 * MIB), {
    fallback: String(MIB),
    summary: 'Largest PFX file.',
  }),
  pfxMaxIterations: setting('KEYMAN_PFX_MAX_ITERATIONS', count(1000, 100_000_000), {
    fallback: '5000000',
    summary: 'Key-derivation iterations that a PFX file may ask for, all together.',
  }),
};

const MACHINERY = {
  sealerBatch: setting('KEYMAN_SEALER_BATCH', count(1, 1024), {
    fallback: '64',
    summary: 'Audit records sealed at once, at most.',
  }),
  sealerWaitMs: setting('KEYMAN_SEALER_WAIT_MS', count(0, 1000), {
    fallback: '5',
    summary:
      'How long audit records wait for company, at the most. They wait only while four other operations for each core are on their way: waiting then costs nobody time, and fewer transactions leave more of it for signatures. 0: batches form only while another is written.',
  }),
  sealerQueue: setting('KEYMAN_SEALER_QUEUE', count(16, 1_000_000), {
    fallback: '4096',
    summary: 'Operations that may wait for their audit record; one more is answered K0019.',
  }),
  sealerLimitMs: setting('KEYMAN_SEALER_LIMIT_MS', count(100, 60_000), {
    fallback: '10000',
    summary: 'How long an answer waits for its audit record before it is withheld.',
  }),
  checkpointMs: setting('KEYMAN_CHECKPOINT_MS', count(1000, HOUR_MS), {
    fallback: '60000',
    summary: "How often the HSM signs how far the audit has come. What was cut off its end since then isn't seen.",
  }),
  checkpointRecords: setting('KEYMAN_CHECKPOINT_RECORDS', count(1, 10_000_000), {
    fallback: '10000',
    summary: 'Audit records after which it does so earlier; looked at once a second.',
  }),
  checkpointPath: setting('KEYMAN_CHECKPOINT_FILE', words(), {
    fallbackNote: '`CINNABAR_HOME/audit-checkpoints.jsonl`',
    summary: 'File of the checkpoints, one JSON line each; of use on another machine, or copied to one.',
  }),
  syslog: setting('KEYMAN_SYSLOG', words(), {
    fallbackNote: 'none',
    summary:
      'Syslog server that checkpoints go to as well: `udp://host:port`, `tcp://host:port` or `unix:/dev/log` (a datagram socket needs logger(1)).',
  }),
  chainDays: setting('KEYMAN_AUDIT_CHAIN_DAYS', count(1, 3650), {
    fallback: '30',
    summary: 'Days after which a server that runs on begins a new audit chain: retention removes whole chains.',
  }),
  chainRecords: setting('KEYMAN_AUDIT_CHAIN_RECORDS', count(10, 1_000_000_000), {
    fallback: '10000000',
    summary: 'Audit records after which it does so earlier.',
  }),
  retentionDays: setting('KEYMAN_AUDIT_RETENTION_DAYS', count(1, 36_500), {
    fallbackNote: 'none: kept for ever',
    summary:
      'Days that audit records are kept at least. Older chains are removed by `bin/audit-retire`, never by the server.',
  }),
  uploads: setting('KEYMAN_UPLOADS', count(1, 10_000), {
    fallback: '16',
    summary:
      'Documents that may be uploaded at once (multipart/form-data), half of them by one user; one more is answered K0019.',
  }),
  uploadSpaceMib: setting('KEYMAN_UPLOAD_SPACE_MIB', count(1, 1_000_000_000), {
    fallbackNote: 'what the disk has, less 1 GiB or a tenth of it',
    summary:
      'Room for all uploaded documents together, under `CINNABAR_HOME/tmp`; what does not fit is answered K0019.',
  }),
  workerThreads: setting('KEYMAN_WORKER_THREADS', count(1, 256), {
    fallbackNote: 'cores − 1, at least 1',
    summary: 'Threads for large bodies and documents.',
  }),
  workerQueue: setting('KEYMAN_WORKER_QUEUE', count(1, 100_000), {
    fallback: '256',
    summary: 'Documents that may wait for a thread; one more is answered K0019.',
  }),
  workerMemoryMib: setting('KEYMAN_WORKER_MEMORY_MIB', count(64, 65_536), {
    fallback: '512',
    summary: 'JavaScript heap of each such thread.',
  }),
  documentLimitMs: setting('KEYMAN_DOCUMENT_LIMIT_MS', count(1000, HOUR_MS), {
    fallback: '60000',
    summary: 'Longest that one step over a document may take.',
  }),
};

/** Every setting of keyman, by the section of docs/settings.md that lists it. */
export const SECTIONS = {
  'Places and connections': PLACES,
  'The contract': CONTRACT,
  Rates: RATES,
  'Log-in': LOG_IN,
  'Keys and PINs': CUSTODY,
  Machinery: MACHINERY,
};

export const DECLARED = { ...PLACES, ...CONTRACT, ...RATES, ...LOG_IN, ...CUSTODY, ...MACHINERY };
