/**
 * Characters that the texts of one body may have together, bytes in base64 aside. No request of the contract has a
 * hundredth of it. Texts are handed from one thread to another and are looked at again and again; bytes are not.
 */
const MAX_TEXT = 8 * 1024 * 1024;

/** Said of a body with longer texts. */
export const TOO_MUCH_TEXT = `the texts of the body are longer than ${MAX_TEXT} characters, documents in base64 aside`;

/** Counts the texts of one body. */
export class TextRoom {
  #left = MAX_TEXT;

  /** @returns whether there was room for it */
  take(characters: number): boolean {
    this.#left -= characters;
    return this.#left >= 0;
  }
}
