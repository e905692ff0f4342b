import { CodedError } from '@cinnabar/core';
export const e = CodedError;
