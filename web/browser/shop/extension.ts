import { find } from '../dom.ts'
import { enableForms } from './forms.ts'

const MINUTE_MS = 60_000

/** Extends the visit by the button of the booking page, without leaving it. */
export function startExtension(): void {
  document.addEventListener('submit', (event) => {
    const { target } = event
    if (!(target instanceof HTMLFormElement) || target.dataset.extension === undefined) return
    event.preventDefault()
    void extend(target)
  })
}

async function extend(form: HTMLFormElement): Promise<void> {
  const response = await fetch(form.action, { method: 'POST', headers: { accept: 'application/json' } }).catch(() => null)
  const body: { until?: unknown; code?: unknown } = await response?.json().catch(() => ({})) ?? {}
  enableForms()
  const [status, countdown] = [find('[data-extension-status]'), find('[data-ends-at]')]
  if (!status || !countdown) return
  const { done = '', failed = '', used = '', early = '' } = status.dataset
  if (typeof body.until === 'string') {
    const minutes = Math.round((Date.parse(body.until) - Date.parse(countdown.dataset.endsAt ?? '')) / MINUTE_MS)
    countdown.dataset.endsAt = body.until
    status.textContent = done.replace('%', String(Math.max(1, minutes)))
    form.remove()
    return
  }
  status.textContent = body.code === 'extension_used' ? used : body.code === 'extension_early' ? early : failed
  if (body.code === 'extension_used') form.remove()
}
