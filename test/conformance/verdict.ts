/** What one judge says about one signed document. */
export interface Verdict {
  /** `note`: accepted, with something to be said; `gap`: no verdict is to be had, for a reason that is not ours. */
  readonly outcome: 'ok' | 'note' | 'gap' | 'fail';
  /** Why; empty for `ok`. */
  readonly text: string;
}

export const OK: Verdict = { outcome: 'ok', text: '' };

export function note(text: string): Verdict {
  return { outcome: 'note', text };
}

/** The judge cannot read the original either, so it has nothing to say about the signature. */
export function gap(text: string): Verdict {
  return { outcome: 'gap', text };
}

export function fail(text: string): Verdict {
  return { outcome: 'fail', text };
}

/** A document that came back signed, with what a judge needs to look at it. */
export interface SignedDocument {
  /** Unique; also the file's name. */
  readonly id: string;
  readonly profile: 'enhanced' | 'basic';
  readonly originalPath: string;
  readonly signedPath: string;
  /** The password with which it was signed; undefined: it needs none. */
  readonly password: string | undefined;
}

/** Whose signature the judges look for, and whom they may trust. */
export interface Signer {
  readonly commonName: string;
  /** PEM. */
  readonly anchorPath: string;
}

/** A judge takes all documents at once, since some have to start a virtual machine first. Documents that it has no business with are left out. */
export interface Judge {
  readonly name: string;
  judge(documents: readonly SignedDocument[], signer: Signer): Promise<ReadonlyMap<string, Verdict>>;
}

/** Makes a judge of a function that looks at one document; several are looked at side by side. */
export function judgeOfOne(
  name: string,
  judgeOne: (document: SignedDocument, signer: Signer) => Promise<Verdict>,
  sideBySide = 2,
): Judge {
  return {
    name,
    async judge(documents, signer) {
      const verdicts = new Map<string, Verdict>();
      const rest = documents.values();
      const work = async (): Promise<void> => {
        for (const document of rest) verdicts.set(document.id, await judgeOne(document, signer));
      };
      await Promise.all(Array.from({ length: sideBySide }, work));
      return verdicts;
    },
  };
}
