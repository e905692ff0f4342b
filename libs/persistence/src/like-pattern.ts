/** A caller's filter as a pattern for LIKE: a run of `*` becomes one `%`; what LIKE itself understands is taken literally. */
export function likePattern(wanted: string): string {
  return wanted.replace(/[\\%_]/g, '\\$&').replace(/\*+/g, '%');
}
