import type { Addressee } from '../mail/addressee.ts';
import { languageOf, type Language } from '../mail/language.ts';
import type { Letter } from '../mail/outbox.ts';
import { momentText, quoted } from '../mail/quoted.ts';

export interface ActivationNews {
  readonly certid: string;
  /** What the key is called. */
  readonly name: string;
  /** Who had it made. */
  readonly oper: string;
  /** In groups. */
  readonly code: string;
  readonly validToAt: Date;
}

interface Wording {
  readonly subject: string;
  readonly text: (owner: Addressee, news: ActivationNews) => readonly string[];
}

const WORDINGS: Readonly<Record<Language, Wording>> = {
  en: {
    subject: 'Choose the PIN of your signing key',
    text: ({ userid, orgaid }, { certid, name, oper, code, validToAt }) => [
      `A signing key was made for you by ${quoted(oper)} of the organisation ${quoted(orgaid)}.`,
      '',
      `User: ${userid}`,
      `Key: ${quoted(name)} (${certid})`,
      `Activation code: ${code}`,
      `Good until: ${momentText(validToAt)}`,
      '',
      'Log in and choose a PIN with this code (Cert/PinSet: the code as pin, your PIN as newpin). Until then nobody can',
      'sign with the key; from then on the code is worth nothing, and only you know the PIN. Tell the code to nobody.',
      '',
      'If you expect no signing key, do nothing and tell the administrator of your organisation.',
    ],
  },
  es: {
    subject: 'Elija el PIN de su clave de firma',
    text: ({ userid, orgaid }, { certid, name, oper, code, validToAt }) => [
      `${quoted(oper)}, de la organización ${quoted(orgaid)}, ha creado una clave de firma para usted.`,
      '',
      `Usuario: ${userid}`,
      `Clave: ${quoted(name)} (${certid})`,
      `Código de activación: ${code}`,
      `Válido hasta: ${momentText(validToAt)}`,
      '',
      'Inicie sesión y elija un PIN con este código (Cert/PinSet: el código como pin, su PIN como newpin). Hasta entonces',
      'nadie puede firmar con la clave; después el código ya no sirve y solo usted conoce el PIN. No se lo diga a nadie.',
      '',
      'Si no espera ninguna clave de firma, no haga nada y avise al administrador de su organización.',
    ],
  },
};

/** Tells the owner of a new key how to choose its PIN. The one place where the code is ever told. */
export function activationLetter(owner: Addressee, to: string, news: ActivationNews): Letter {
  const { subject, text } = WORDINGS[languageOf(owner.lang)];
  return { to, subject, text: text(owner, news).join('\n') };
}
