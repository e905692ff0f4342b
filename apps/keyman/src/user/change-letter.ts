import type { Addressee } from '../mail/addressee.ts';
import { languageOf, type Language } from '../mail/language.ts';
import type { Letter } from '../mail/outbox.ts';
import { momentText, quoted } from '../mail/quoted.ts';

export interface ChangeNews {
  /** Members of the account, by the contract's names. */
  readonly members: readonly string[];
  /** Who changed them. */
  readonly oper: string;
  readonly changedAt: Date;
  readonly codesSuspended: boolean;
}

/** What a person is told of: how he is reached, told apart and logged in. */
const TOLD = ['email', 'phone', 'ident', 'pass', 'disabled'] as const;

interface Wording {
  readonly subject: string;
  readonly members: Readonly<Record<(typeof TOLD)[number], string>>;
  readonly text: (user: Addressee, news: ChangeNews, changed: string) => readonly string[];
}

const WORDINGS: Readonly<Record<Language, Wording>> = {
  en: {
    subject: 'Your signing account was changed',
    members: {
      email: 'e-mail address',
      phone: 'phone',
      ident: 'identifier',
      pass: 'password',
      disabled: 'whether it may be used',
    },
    text: ({ userid, orgaid }, { oper, changedAt, codesSuspended }, changed) => [
      `Your signing account was changed by ${quoted(oper)} at ${momentText(changedAt)}.`,
      '',
      `User: ${userid}`,
      `Changed: ${changed}`,
      ...(codesSuspended
        ? ['', 'Until you confirm it with your PIN no signing codes are made for you, wherever they would go.']
        : []),
      '',
      `If you know nothing of this, do not confirm it: tell the administrator of your organisation, ${quoted(orgaid)}, at once.`,
    ],
  },
  es: {
    subject: 'Su cuenta de firma ha cambiado',
    members: {
      email: 'dirección de correo',
      phone: 'teléfono',
      ident: 'identificador',
      pass: 'contraseña',
      disabled: 'si se puede usar',
    },
    text: ({ userid, orgaid }, { oper, changedAt, codesSuspended }, changed) => [
      `${quoted(oper)} ha cambiado su cuenta de firma a las ${momentText(changedAt)}.`,
      '',
      `Usuario: ${userid}`,
      `Cambios: ${changed}`,
      ...(codesSuspended
        ? ['', 'Hasta que lo confirme con su PIN no se crean códigos de firma para usted, vayan a donde vayan.']
        : []),
      '',
      `Si no sabe nada de esto, no lo confirme: avise enseguida al administrador de su organización, ${quoted(orgaid)}.`,
    ],
  },
};

/** Is the change one that its user is told of? */
export function isTold({ members }: Pick<ChangeNews, 'members'>): boolean {
  return TOLD.some((member) => members.includes(member));
}

/** Tells a user, at the address that he had before, that his account was changed. Says what, and no value. */
export function changeLetter(user: Addressee, to: string, news: ChangeNews): Letter {
  const { subject, members, text } = WORDINGS[languageOf(user.lang)];
  const changed = TOLD.filter((member) => news.members.includes(member)).map((member) => members[member]);
  return { to, subject, text: text(user, news, changed.join(', ')).join('\n') };
}
