/** One page of a list. `page` counts from 1; `total` counts the items of all pages. A page after the last has no items. */
export type PageOf<Item> = { items: Item[]; page: number; size: number; total: number }

/** The number of a list's last page; 1 for an empty list. */
export const lastPageOf = ({ total, size }: Pick<PageOf<unknown>, 'total' | 'size'>): number =>
  Math.max(1, Math.ceil(total / size))
