import { closest, find, findAll } from '../dom.ts'

/** Shows the buttons that share the page: they need a script, so the server renders them hidden. */
export function showShareButtons(): void {
  for (const button of findAll('[data-share]')) button.hidden = false
}

/** Shares the page by the device's own dialog, or copies its address where there is none. */
export async function share(event: Event): Promise<void> {
  const button = closest(event, '[data-share]')
  if (!button) return
  const url = new URL(button.dataset.share!, location.href).href
  try {
    if (navigator.share) return await navigator.share({ title: button.dataset.shareTitle ?? '', url })
    await navigator.clipboard.writeText(url)
    const done = find('[data-share-done]')
    if (done) done.hidden = false
  } catch {
    // The person has closed the dialog, or the browser allows no copying.
  }
}
