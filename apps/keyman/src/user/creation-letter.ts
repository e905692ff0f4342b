import type { Addressee } from '../mail/addressee.ts';
import { languageOf, type Language } from '../mail/language.ts';
import type { Letter } from '../mail/outbox.ts';
import { quoted } from '../mail/quoted.ts';

interface Wording {
  readonly subject: string;
  readonly made: (orgaid: string) => string;
  readonly user: string;
  readonly firstPassword: string;
  readonly change: string;
}

const WORDINGS: Readonly<Record<Language, Wording>> = {
  en: {
    subject: 'Your signing account',
    made: (orgaid) => `A signing account was made for you in the organisation ${quoted(orgaid)}.`,
    user: 'User',
    firstPassword: 'First password',
    change: 'Change it when you first log in.',
  },
  es: {
    subject: 'Su cuenta de firma',
    made: (orgaid) => `Se ha creado una cuenta de firma para usted en la organización ${quoted(orgaid)}.`,
    user: 'Usuario',
    firstPassword: 'Primera contraseña',
    change: 'Cámbiela cuando entre por primera vez.',
  },
};

/**
 * Tells a person that he has an account, in its language.
 *
 * @param generatedPassword the first password, where the server made it; the only place where it is ever told
 */
export function creationLetter(
  { userid, orgaid, lang }: Pick<Addressee, 'userid' | 'orgaid' | 'lang'>,
  to: string,
  generatedPassword: string | undefined,
): Letter {
  const wording = WORDINGS[languageOf(lang)];
  const password =
    generatedPassword === undefined ? [] : [`${wording.firstPassword}: ${generatedPassword}`, '', wording.change];
  const lines = [wording.made(orgaid), '', `${wording.user}: ${userid}`, ...password];
  return { to, subject: wording.subject, text: lines.join('\n') };
}
