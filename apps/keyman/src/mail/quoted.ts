const LENGTH_MAX = 80;

/**
 * A name that somebody else chose, as it may stand in a letter: on one line, in quotation marks of ours, and short. Who
 * calls himself `x”\n\nYour code was stolen, call …` must not be able to write a letter in our name.
 */
export function quoted(name: string): string {
  const line = name
    .replace(/[“”"]/g, "'")
    // Line ends of every kind, controls, and characters that turn the direction of writing (Unicode, category C and Z).
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  return `“${characters.length > LENGTH_MAX ? `${characters.slice(0, LENGTH_MAX).join('')}…` : line}”`;
}

/** UTC, to the minute, in figures that every reader reads alike. */
export function momentText(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
