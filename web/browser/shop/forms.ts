import { find, findAll } from '../dom.ts'

/** Keeps a form from being sent twice. */
export function disableWhileSending(event: SubmitEvent): void {
  const { target, submitter } = event
  if (!(target instanceof HTMLFormElement) || target.method !== 'post') return
  const button = submitter instanceof HTMLButtonElement ? submitter : find<HTMLButtonElement>('[type=submit]', target)
  for (const notice of findAll('[data-no-response]')) notice.hidden = true
  if (!button) return
  button.setAttribute('aria-busy', 'true')
  // Disabled in the next task: a disabled button is not part of the form that is being sent.
  setTimeout(() => button.disabled = true)
}

/** Lets every form be sent again. */
export function enableForms(): void {
  for (const button of findAll<HTMLButtonElement>('[aria-busy]')) {
    button.removeAttribute('aria-busy')
    button.disabled = false
  }
}
