export { createTestPki, type TestIdentity, type TestPki } from './pki.ts';
export {
  STANDARD_TEST_PKI,
  type TestCertificateDescription,
  type TestKeyType,
  type TestPkiDescription,
} from './pki-description.ts';
export { type PfxContents, type PfxOptions, toPfx } from './pki-pfx.ts';
export { createPostgres, type TestPostgres } from './postgres.ts';
export { createSoftHsm, type TestSoftHsm, useSoftHsmConfiguration } from './softhsm.ts';
