/**
 * One page of a list. `page` counts from 1; `total` counts the items of all pages. A page after the last has no items.
 *
 * Pages are offsets, so an item that is added or moves to another status between two requests may appear on both pages or on neither. That is
 * harmless in these lists, which people browse: the catalogue and a person's own reservations. What must be complete, such as loading a
 * sale, reads by keyset instead (`seat-count.ts`); a list for export should too.
 */
export type PageOf<Item> = { items: Item[]; page: number; size: number; total: number }

/** The number of a list's last page; 1 for an empty list. */
export const lastPageOf = ({ total, size }: Pick<PageOf<unknown>, 'total' | 'size'>): number =>
  Math.max(1, Math.ceil(total / size))
