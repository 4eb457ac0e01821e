import { find } from '../dom.ts'

/** Tells a signed-in person how many tickets they can still book. The page is the same for everyone, so a request of its own asks. */
export async function showAllowance(isSignedIn: boolean): Promise<void> {
  const element = find('[data-allowance]')
  if (!element || !isSignedIn) return
  const response = await fetch(element.dataset.allowance!, { headers: { accept: 'application/json' } }).catch(() => null)
  if (!response?.ok) return
  const { more }: { more?: unknown } = await response.json().catch(() => ({}))
  if (typeof more !== 'number') return
  element.textContent = more === 0 ? element.dataset.none! : element.dataset.more!.replace('%', String(more))
}
