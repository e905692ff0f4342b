import { z } from 'zod';
import { answeredInteger, integer } from '../members.ts';

/** Items per page where the caller names none, and at most (contract, "REST"). */
export const ITEMS_PER_PAGE_DEFAULT = 100;
export const ITEMS_PER_PAGE_MAX = 1000;

/** The Page object as sent: `id` counts from 1; 0 or absent means 1. */
export const pageRequest = z
  .object({
    id: integer(0, 1_000_000_000).optional(),
    itemspage: integer(0, ITEMS_PER_PAGE_MAX).optional(),
  })
  .optional()
  .transform((page) => ({
    id: page?.id === undefined || page.id === 0 ? 1 : page.id,
    itemspage: page?.itemspage === undefined || page.itemspage === 0 ? ITEMS_PER_PAGE_DEFAULT : page.itemspage,
  }));
export type PageRequest = z.output<typeof pageRequest>;

/** The Page object as answered (manual, 11.5). */
export const pageObject = z.object({
  id: answeredInteger(),
  itemspage: answeredInteger(),
  numpages: answeredInteger(),
  totalitems: answeredInteger(),
});
export type PageObject = z.output<typeof pageObject>;
