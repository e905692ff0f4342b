import type { Declarations } from './read-settings.ts';

/** A Markdown table of declared settings, in their order. */
export function settingsTable(declared: Declarations): string {
  const rows = Object.values(declared).map(({ variable, summary, fallback, fallbackNote, secret }) => {
    const byDefault = fallbackNote ?? (fallback === undefined ? 'unset' : `\`${fallback}\``);
    const names = secret ? `\`${variable}\` or \`${variable}_FILE\`` : `\`${variable}\``;
    return `| ${names} | ${byDefault} | ${summary.replaceAll('|', '\\|')} |`;
  });
  return ['| setting | default | what it does |', '| --- | --- | --- |', ...rows].join('\n');
}
