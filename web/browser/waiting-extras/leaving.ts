import type { ExtrasWords } from '../../waiting-page/extras-texts.ts'

/** The time in which leaving can be undone. The position is kept until then. */
const UNDO_SECONDS = 5

/** Leaves the queue only some seconds after the button was pressed, and not if the visitor undoes it or their turn comes meanwhile. */
export function askBeforeLeaving(word: ExtrasWords): void {
  let isDecided = false
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || !form.closest('#leave') || isDecided) return
    event.preventDefault()
    // The page's own script stops at this event.
    event.stopImmediatePropagation()
    countDown(word, form, () => {
      isDecided = true
      form.requestSubmit()
    })
  }, { capture: true })
}

function countDown(word: ExtrasWords, form: HTMLFormElement, leave: () => void): void {
  const [notice, text, undo] = [document.createElement('p'), document.createElement('span'), document.createElement('button')]
  notice.className = 'trouble leaving'
  notice.setAttribute('role', 'alert')
  undo.type = 'button'
  undo.textContent = word('undo')
  notice.append(text, undo)
  form.hidden = true
  form.after(notice)
  let left = UNDO_SECONDS
  const show = () => (text.textContent = word('leaving').replace('%', String(left)))
  const stop = () => {
    clearInterval(timer)
    notice.remove()
    form.hidden = false
  }
  const timer = setInterval(() => {
    left--
    if (document.body.dataset.view === 'turn') return stop()
    if (left > 0) return void show()
    stop()
    leave()
  }, 1_000)
  undo.onclick = () => {
    stop()
    form.closest('details')?.removeAttribute('open')
  }
  show()
  undo.focus()
}
