export { createAuditSigner } from './audit-signer.ts';
export { createTestPki, type TestIdentity, type TestPki } from './pki.ts';
export {
  STANDARD_TEST_PKI,
  type TestCertificateDescription,
  type TestKeyType,
  type TestPkiDescription,
} from './pki-description.ts';
export { type PfxContents, type PfxOptions, toPfx } from './pki-pfx.ts';
export { type RawPfxBag, type RawPfxMac, toRawPfx } from './pki-raw-pfx.ts';
export { createPostgres, type TestPostgres } from './postgres.ts';
export { auditDraft, createTestAudit, TEST_SEALER, type TestAudit } from './postgres-audit.ts';
export { createSoftHsm, type TestSoftHsm, useSoftHsmConfiguration } from './softhsm.ts';
export {
  createKeyPair,
  isTestSignature,
  TestClock,
  TestCustodyWorld,
  testSignatureRequest,
  type TestKeyPair,
} from './softhsm-custody.ts';
export { buildFaultyModule, type FaultyModule } from './softhsm-faults.ts';
