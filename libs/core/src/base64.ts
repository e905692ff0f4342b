/**
 * Decodes strict base64 (RFC 4648 section 4), white space apart.
 * Buffer skips what is not of the alphabet, so the length tells whether all of it was.
 */
export function decodeBase64(encoded: string): Uint8Array | undefined {
  const compact = /\s/.test(encoded) ? encoded.replace(/\s+/g, '') : encoded;
  if (compact.length % 4 !== 0 || /[-_]/.test(compact)) return undefined;
  const padding = compact.endsWith('==') ? 2 : compact.endsWith('=') ? 1 : 0;
  const decoded = Buffer.from(compact, 'base64');
  return decoded.length === (compact.length / 4) * 3 - padding ? decoded : undefined;
}
