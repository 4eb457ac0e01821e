import type { Language } from '../../edge/contract/language.ts'
import { lastPageOf, type PageOf } from '../../edge/contract/paging.ts'
import { count } from '../format.ts'
import { words } from '../text.ts'

type PaginationProps<Item> = {
  language: Language
  list: PageOf<Item>
  /** The address of a page of the list. */
  to: (page: number) => string
}

/** Links to the first, the neighbouring and the last page of a list; nothing when it has only one. */
export function Pagination<Item>({ language, list, to }: PaginationProps<Item>) {
  const word = words(language)
  const last = lastPageOf(list)
  if (last === 1) return null
  const shown = [...new Set([1, list.page - 1, list.page, list.page + 1, last])].filter((page) => page >= 1 && page <= last)
  return (
    <nav class='pager' aria-label={word('pages')}>
      {list.page > 1 && <a href={to(list.page - 1)} rel='prev'>{word('previous')}</a>}
      {shown.map((page, i) => (
        <>
          {i > 0 && page - shown[i - 1]! > 1 && <span aria-hidden='true'>…</span>}
          <a href={to(page)} aria-current={page === list.page ? 'page' : undefined}>{count(page, language)}</a>
        </>
      ))}
      {list.page < last && <a href={to(list.page + 1)} rel='next'>{word('next')}</a>}
    </nav>
  )
}
