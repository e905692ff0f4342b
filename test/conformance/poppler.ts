/**
 * The password arguments of poppler's programs. Whether it is the user's or the owner's is not known here, so it is
 * given as both. ISO 32000-2 7.6.4.3.3 prepares a password by SASLprep (RFC 4013) for AES-256; poppler takes it as it
 * comes, so the preparation is done here: compatibility composition, and the soft hyphen maps to nothing.
 */
export function popplerPassword(password: string | undefined): readonly string[] {
  if (password === undefined) return [];
  const prepared = password.replaceAll('\u00ad', '').normalize('NFKC');
  return ['-upw', prepared, '-opw', prepared];
}
