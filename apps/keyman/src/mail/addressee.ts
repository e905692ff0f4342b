import { CodedError } from '@cinnabar/core';

/** Whom a letter is for. */
export interface Addressee {
  readonly userid: string;
  readonly orgaid: string;
  readonly email: string | null;
  /** His language, as his account says it. */
  readonly lang: string | null;
}

/** @throws CodedError `refused-in-state` for somebody who has no e-mail address */
export function addressOf({ email }: Addressee): string {
  if (email === null || email === '') throw new CodedError('refused-in-state', 'the user has no e-mail address');
  return email;
}
