import { languageOf, type Language } from '../mail/language.ts';
import type { Letter } from '../mail/outbox.ts';
import { momentText, quoted } from '../mail/quoted.ts';
import type { CodeStanding } from './code-standing.ts';

export interface CodeNews {
  readonly code: string;
  readonly expiresAt: Date;
  /** Signatures that it is good for. */
  readonly count: number;
  /** Absent: any digest. */
  readonly digests: readonly Uint8Array[] | undefined;
  /** Who asked, as the session says it. */
  readonly asker: { readonly userid: string; readonly module: string; readonly orgaid: string };
}

/** Digests that a letter shows, and hexadecimal digits of each. */
const SHOWN_DIGESTS = 10;
const SHOWN_DIGITS = 16;

interface Wording {
  readonly subject: string;
  readonly text: (standing: CodeStanding, news: CodeNews) => readonly string[];
}

const WORDINGS: Readonly<Record<Language, Wording>> = {
  en: {
    subject: 'Your signing code',
    text: ({ name, subjectCn, certid, owner }, { code, expiresAt, count, digests, asker }) => [
      `Code: ${code}`,
      `Good until: ${momentText(expiresAt)}`,
      '',
      `With this code ${count === 1 ? 'one signature' : `${count} signatures`} can be made in your name.`,
      '',
      `Asked for by: ${quoted(asker.userid)} of the organisation ${quoted(asker.orgaid)}, with the program ${quoted(asker.module)}`,
      `Certificate: ${quoted(name)}${subjectCn === null ? '' : `, issued to ${quoted(subjectCn)}`} (${certid})`,
      ...digestLines(digests, 'For these contents only (beginning of their hash):', 'and %d more'),
      '',
      'Nobody needs to know the code but the program that you sign with; nobody of ours will ask you for it.',
      `If you did not want to sign, do not give it to anybody and tell the administrator of your organisation, ${quoted(owner.orgaid)}, at once.`,
    ],
  },
  es: {
    subject: 'Su código de firma',
    text: ({ name, subjectCn, certid, owner }, { code, expiresAt, count, digests, asker }) => [
      `Código: ${code}`,
      `Válido hasta: ${momentText(expiresAt)}`,
      '',
      `Con este código ${count === 1 ? 'se puede hacer una firma' : `se pueden hacer ${count} firmas`} en su nombre.`,
      '',
      `Pedido por: ${quoted(asker.userid)} de la organización ${quoted(asker.orgaid)}, con el programa ${quoted(asker.module)}`,
      `Certificado: ${quoted(name)}${subjectCn === null ? '' : `, expedido a ${quoted(subjectCn)}`} (${certid})`,
      ...digestLines(digests, 'Solo para estos contenidos (comienzo de su resumen):', 'y %d más'),
      '',
      'Nadie tiene que conocer el código salvo el programa con el que firma; nadie de los nuestros se lo pedirá.',
      `Si no quería firmar, no se lo dé a nadie y avise enseguida al administrador de su organización, ${quoted(owner.orgaid)}.`,
    ],
  },
};

/** Tells the owner his code, and who wants to sign what with it. The one place where the code is ever told. */
export function codeLetter(standing: CodeStanding, to: string, news: CodeNews): Letter {
  const { subject, text } = WORDINGS[languageOf(standing.owner.lang)];
  return { to, subject, text: text(standing, news).join('\n') };
}

function digestLines(digests: readonly Uint8Array[] | undefined, heading: string, more: string): string[] {
  if (digests === undefined) return [];
  const shown = digests
    .slice(0, SHOWN_DIGESTS)
    .map((digest) => `  ${Buffer.from(digest).toString('hex').slice(0, SHOWN_DIGITS)}…`);
  const hidden = digests.length - shown.length;
  return ['', heading, ...shown, ...(hidden > 0 ? [`  ${more.replace('%d', String(hidden))}`] : [])];
}
