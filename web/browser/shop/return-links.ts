import { closest } from '../dom.ts'

const addressOf = ({ pathname, search }: Location): string => pathname + search
/** The address that the server has rendered the links for. */
const rendered = addressOf(location)

/** Points a link that leads back to this page, such as that to the other language, to the address that a live search or a filter has set. */
export function returnHere(event: Event): void {
  const link = closest(event, 'a[href*="?next="]')
  if (!(link instanceof HTMLAnchorElement) || addressOf(location) === rendered) return
  const here = new URL(location.href)
  // The link to another language must not lead back to this one.
  here.searchParams.delete('lang')
  const target = new URL(link.href)
  target.searchParams.set('next', here.pathname + here.search)
  link.href = target.pathname + target.search
}
