/**
 * The layer table: which library owns what, and what it may import. The one place where a border is drawn;
 * `rules.ts` turns it into dependency rules. A library that is not listed here fails the check.
 */
export interface LibraryRow {
  readonly name: string;
  /** `0` to `4`: the cryptographic column; with a prime: the server column; `T`: tests only. */
  readonly layer: '0' | '1' | '2' | '3' | '4' | "1'" | "2'" | 'T';
  readonly owns: string;
  /** Libraries besides `core` (which everybody may import). `any`: no limit. */
  readonly imports: readonly string[] | 'any';
}

export const LIBRARIES: readonly LibraryRow[] = [
  { name: 'core', layer: '0', owns: 'coded errors, values, ports', imports: [] },

  { name: 'x509', layer: '1', owns: 'certificates, CSRs, CRLs and OCSP as bytes and objects', imports: [] },
  { name: 'pdf', layer: '1', owns: 'PDF bytes: reader, encryption handlers, incremental writer', imports: [] },
  { name: 'xml', layer: '1', owns: 'hardened parsing, canonicalisation, XMLDSig references', imports: [] },
  { name: 'pkcs12', layer: '1', owns: 'PFX files (RFC 7292)', imports: [] },
  { name: 'custody', layer: '1', owns: 'the key custody port and its adapters', imports: [] },

  { name: 'cms', layer: '2', owns: 'SignedData, signed and unsigned attributes', imports: ['x509'] },
  { name: 'pki', layer: '2', owns: 'issuing, path building, revocation checking', imports: ['x509', 'custody'] },

  { name: 'tsp', layer: '3', owns: 'RFC 3161', imports: ['cms', 'x509', 'custody'] },

  { name: 'ades', layer: '4', owns: 'making signatures', imports: ['tsp', 'pki', 'cms', 'x509', 'pdf', 'xml'] },
  { name: 'validation', layer: '4', owns: 'judging signatures', imports: ['tsp', 'pki', 'cms', 'x509', 'pdf', 'xml'] },

  { name: 'config', layer: "1'", owns: 'typed settings', imports: [] },
  { name: 'persistence', layer: "1'", owns: 'DataSource, embedded cluster, transactions', imports: [] },
  { name: 'keyman-api', layer: "1'", owns: 'the contract: every operation declared once', imports: [] },

  { name: 'audit', layer: "2'", owns: 'hash-chained records and their verifier', imports: ['persistence'] },
  { name: 'http', layer: "2'", owns: 'error tables, correlation id, body limits', imports: ['config'] },

  { name: 'testing', layer: 'T', owns: 'test PKI, SoftHSM harness, vectors', imports: 'any' },
];

/** Framework-free: time, chance, sockets and settings come through ports. */
export const CRYPTOGRAPHIC_COLUMN: readonly string[] = LIBRARIES.filter(({ layer }) => /^[0-4]$/.test(layer)).map(
  ({ name }) => name,
);

/**
 * Entries of a library besides its `index.ts` that the package exports. Nobody but those named (and tests) may import
 * them: the port is everybody's, the adapter is the composition's choice.
 */
export const FURTHER_ENTRIES: readonly {
  readonly entry: string;
  /** Paths that may name it, as regular expressions. */
  readonly onlyFrom: readonly string[];
}[] = [
  { entry: 'libs/custody/src/pkcs11/index.ts', onlyFrom: ['^apps/keyman/'] },
  { entry: 'libs/custody/src/memory/index.ts', onlyFrom: [] },
  // The server does not contain its own client.
  { entry: 'libs/keyman-api/src/client/index.ts', onlyFrom: ['^apps/esign/', '^apps/[^/]+/src/tools/'] },
];

/** npm packages that only one library may import. */
export const SOLE_IMPORTERS: readonly { readonly packages: readonly string[]; readonly library: string }[] = [
  { packages: ['graphene-pk11', 'pkcs11js'], library: 'custody' },
];

/** What the cryptographic column may not import: frameworks, databases, and Node's own sockets. */
export const NOT_IN_THE_CRYPTOGRAPHIC_COLUMN = {
  packages: ['@nestjs/[^/]+', 'fastify', '@fastify/[^/]+', 'typeorm', 'pg', 'pino', 'passport'],
  nodeModules: ['net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns', 'dns/promises', 'cluster'],
} as const;

/** Libraries that a front may not touch: whoever needs them decides something, and decisions live in rooms. */
export const NOT_IN_FRONTS: readonly string[] = [
  'ades',
  'audit',
  'cms',
  'custody',
  'pdf',
  'persistence',
  'pkcs12',
  'pki',
  'validation',
  'x509',
];
