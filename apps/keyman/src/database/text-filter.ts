import { likePattern } from '@cinnabar/persistence';

type Condition = [text: string, parameters: Readonly<Record<string, string>>];

/**
 * A condition for a caller's text filter (contract, "Page"): the whole value in any case, `*` stands for any characters.
 *
 * @param column a column's name of ours, never a caller's; also names the parameter
 */
export function matching(alias: string, column: string, wanted: string): Condition {
  const place = `${alias}.${column}`;
  if (!wanted.includes('*')) return [`lower(${place}) = lower(:${column})`, { [column]: wanted }];
  return [`${place} ILIKE :${column}`, { [column]: likePattern(wanted) }];
}
