import type { ByteSource } from '../byte-source.ts';
import { type DocumentPermissions, EVERYTHING_ALLOWED } from '../encryption/permissions.ts';
import { SecurityHandler } from '../encryption/security-handler.ts';
import { DecodeBudget } from '../filters/decode-budget.ts';
import { PdfDictionary, type PdfObject, PdfReference, PdfString, type PdfValue } from '../objects/pdf-object.ts';
import { unreadable } from '../unreadable.ts';
import { findHeader } from '../xref/file-ends.ts';
import type { Xref } from '../xref/xref.ts';
import { readXrefChain } from '../xref/xref-chain.ts';
import { arrayOf, dictionaryOf, ObjectStore } from './object-store.ts';
import { addCompressedObjects, findCatalog, isCatalog, xrefOfScan } from './repair.ts';
import { scanForObjects } from './repair-scan.ts';

export interface OpenOptions {
  /** Of the user or of the owner; the empty password is tried in any case. */
  readonly password?: string | undefined;
}

/**
 * A document that was opened for reading. Objects are read when they are asked for, so the cost of opening follows the
 * cross-reference and not the pages.
 */
export class PdfDocument {
  readonly source: ByteSource;
  readonly #store: ObjectStore;
  readonly #password: string | undefined;
  #isRepaired = false;
  #catalogReference: PdfReference;

  private constructor(source: ByteSource, { password }: OpenOptions) {
    this.source = source;
    this.#password = password;
    const headerOffset = findHeader(source);
    const xref = readXrefChain(source, headerOffset, new DecodeBudget());
    this.#store = new ObjectStore(source, xref ?? emptyXref(headerOffset));
    // What is needed to read anything is looked for with and without the document's own cross-reference.
    this.#store.onDamage = () => this.#repair();
    if (xref) this.#unlock();
    const root = this.#store.xref.trailer.get('Root');
    if (xref && root instanceof PdfReference && isCatalog(this.#store, root)) {
      this.#catalogReference = root;
      return;
    }
    if (!this.#isRepaired) this.#repair();
    const repairedRoot = findCatalog(this.#store);
    if (!repairedRoot) throw unreadable('it has no page tree');
    this.#catalogReference = repairedRoot;
  }

  /**
   * Opens a document; one whose cross-reference is damaged is repaired by looking through it, as readers do.
   * Errors: `document-unreadable`, `document-password` (missing or wrong), `not-supported` (public-key encryption).
   */
  static open(source: ByteSource, options: OpenOptions = {}): PdfDocument {
    return new PdfDocument(source, options);
  }

  /** The trailer in force: of the newest section, or what was left of it. */
  get trailer(): PdfDictionary {
    return this.#store.xref.trailer.with({ Root: this.#catalogReference });
  }

  get xref(): Xref {
    return this.#store.xref;
  }

  /** Was the cross-reference unusable, so that the document had to be looked through? May become true while reading. */
  get isRepaired(): boolean {
    return this.#isRepaired;
  }

  /** undefined: the document is not encrypted. */
  get security(): SecurityHandler | undefined {
    return this.#store.security;
  }

  get permissions(): DocumentPermissions {
    return this.#store.security?.permissions ?? EVERYTHING_ALLOWED;
  }

  get catalogReference(): PdfReference {
    return this.#catalogReference;
  }

  get catalog(): PdfDictionary {
    return this.dictionary(this.#catalogReference) ?? new PdfDictionary();
  }

  /** Follows references; what is not there is null. */
  resolve(value: PdfValue | undefined): PdfObject {
    return this.#store.resolve(value);
  }

  /** The dictionary that `value` is or refers to; undefined where it is something else. */
  dictionary(value: PdfValue | undefined): PdfDictionary | undefined {
    return dictionaryOf(this.#store, value);
  }

  array(value: PdfValue | undefined): readonly PdfValue[] | undefined {
    return arrayOf(this.#store, value);
  }

  /** Reads the encryption dictionary, whose own strings are never encrypted, and finds the key. */
  #unlock(): void {
    const { trailer } = this.#store.xref;
    const encrypt = trailer.get('Encrypt');
    if (encrypt === undefined || this.#store.security) return;
    const encryptionDictionary = dictionaryOf(this.#store, encrypt);
    // Never taken for a document without encryption: an update in clear text would damage it.
    if (!encryptionDictionary) throw unreadable('its encryption dictionary cannot be found');
    const id = this.array(trailer.get('ID'))?.[0];
    const documentId = this.resolve(id);
    this.#store.security = SecurityHandler.open({
      encryptionDictionary,
      documentId: documentId instanceof PdfString ? documentId.bytes : new Uint8Array(0),
      password: this.#password,
      resolve: this.#store.resolve,
    });
    this.#store.forget();
  }

  #repair(): void {
    this.#isRepaired = true;
    this.#store.onDamage = undefined;
    const scan = scanForObjects(this.source, this.#store.lexing);
    this.#store.xref = xrefOfScan(scan, this.#store.xref.base);
    this.#unlock();
    addCompressedObjects(this.#store, scan);
  }
}

function emptyXref(base: number): Xref {
  return { entries: new Map(), trailer: new PdfDictionary(), kind: 'table', startXref: undefined, base };
}
