/** One page of a list. `page` counts from 1; `total` counts the items of all pages. */
export type PageOf<Item> = { items: Item[]; page: number; size: number; total: number }
