import type { OperationDeclaration } from '../operation.ts';
import { auditList } from './audit.ts';
import { authLogin, authLogout } from './auth.ts';
import {
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
} from './cert.ts';
import { otpRequest } from './otp.ts';
import { signHash } from './sign.ts';
import { signaturePades } from './signature.ts';
import { userAdd, userGet, userSet } from './user.ts';

const DECLARED = [
  authLogin,
  authLogout,
  userAdd,
  userGet,
  userSet,
  certImportPfx,
  certGet,
  certListAvailable,
  certPinCheck,
  certPinSet,
  certPinUnlock,
  certRsaGen,
  certGenCsr,
  certInstallCer,
  certSet,
  certDel,
  otpRequest,
  signHash,
  signaturePades,
  auditList,
] as const;

/** The declarations one by one, for those who need their types. */
export type DeclaredOperation = (typeof DECLARED)[number];

/** Every operation of the contract that this server serves. */
export const OPERATIONS: readonly OperationDeclaration[] = DECLARED;
