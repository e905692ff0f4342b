export { KEYMAN_ERRORS, SUCCESS, type ErrorObject } from './error-codes.ts';
export { toErrorObject } from './error-message.ts';
export { toDateText } from './dates.ts';
export {
  operation,
  type Access,
  type OperationDeclaration,
  type OperationExample,
  type RawRequest,
  type RequestInputOf,
  type RequestOf,
  type ResponseOf,
} from './operation.ts';
export { CODE_MEANINGS } from './openapi/code-meanings.ts';
export { openApiDocument } from './openapi/openapi-document.ts';
export { ACCESS_IN_WORDS } from './openapi/path-item.ts';
export { errorCodesOf } from './operation-errors.ts';
export { isRecord } from './request-shapes.ts';
export { ComplexTypes, KEY_PAIR, type ComplexMember, type ComplexType, type WireType } from './shape/complex-types.ts';
export type { MemberShape, ScalarShape, Shape } from './shape/member-shape.ts';
export { ERROR_MEMBER, shapeOf, TOKEN_MEMBER, type OperationShape } from './shape/operation-shape.ts';
export type { Scalar } from './shape/wire-form.ts';
export { validateRequest } from './validate-request.ts';
export { auditObject, type AuditObject } from './objects/audit.ts';
export type { CallerObject } from './objects/caller.ts';
export type { CertObject } from './objects/cert.ts';
export type { SigningCert } from './objects/signing-cert.ts';
export type { PageObject, PageRequest } from './objects/page.ts';
export type { UserObject } from './objects/user.ts';
export { auditList } from './operations/audit.ts';
export { authLogin, authLogout } from './operations/auth.ts';
export {
  certDel,
  certGenCsr,
  certGet,
  certImportPfx,
  certInstallCer,
  certListAvailable,
  certPinCheck,
  certPinSet,
  certPinUnlock,
  certRsaGen,
  certSet,
} from './operations/cert.ts';
export { OPERATIONS } from './operations/index.ts';
export { otpRequest } from './operations/otp.ts';
export { signHash } from './operations/sign.ts';
export { signaturePades } from './operations/signature.ts';
export { userAdd, userGet, userSet } from './operations/user.ts';
export { type DocumentHash, StoredDocument } from './stored-document.ts';
