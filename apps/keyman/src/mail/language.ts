/** Languages that letters are written in. */
export type Language = 'en' | 'es';

/** By a user's `lang`, of which the first part counts (RFC 5646); English for what is not spoken here. */
export function languageOf(lang: string | null): Language {
  return lang !== null && /^es(-|_|$)/i.test(lang) ? 'es' : 'en';
}
