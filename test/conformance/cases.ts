/** What the server has to do with a document. */
export type Expectation =
  /** Sign it. With `orRefuse`: one of these codes is an answer too. */
  | { readonly must: 'sign'; readonly orRefuse: readonly string[] }
  /** Refuse it with this code. */
  | { readonly must: 'refuse'; readonly code: string };

/** One document to be signed and judged. */
export interface Case {
  /** File name; unique with `profile`. */
  readonly name: string;
  /** Where the original lies. */
  readonly path: string;
  /** Tried in this order; none: the document is given without a password. */
  readonly passwords: readonly string[];
  readonly profile: 'enhanced' | 'basic';
  readonly expectation: Expectation;
  /** What is special about the document, in a few words. */
  readonly special: string;
}

/** The longest time, in milliseconds, in which a document is to be refused. */
export const REFUSAL_LIMIT_MS = 5_000;

/** An identifier that can be a file name. */
export function caseId({ name, profile }: Case): string {
  return profile === 'enhanced' ? name : name.replace(/\.pdf$/, `.${profile}.pdf`);
}
