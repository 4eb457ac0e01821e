import type { ExtrasWords } from '../../waiting-page/extras-texts.ts'
import { byId } from '../dom.ts'
import type { Tone } from './tone.ts'

const VIBRATION_MS = [200, 100, 200]

/** Calls the visitor when the turn has come: by a tone, and where they have allowed it by a notification and by vibration. */
export function callVisitor(word: ExtrasWords, tone: Tone): void {
  const canNotify = 'Notification' in globalThis
  if (canNotify && !document.body.dataset.view?.match(/^(turn|closed|missed|used)$/)) offerNotifications(word)
  let isCalled = document.body.dataset.view === 'turn'
  new MutationObserver(() => {
    const isTurn = document.body.dataset.view === 'turn'
    if (isTurn && !isCalled) {
      tone.play()
      if (canNotify && Notification.permission === 'granted') notify()
    }
    isCalled = isTurn
  }).observe(document.body, { attributeFilter: ['data-view'] })
}

function notify(): void {
  navigator.vibrate?.(VIBRATION_MS)
  if (!document.hidden && document.hasFocus()) return
  try {
    const notification = new Notification(byId('head').textContent, { body: byId('hint').textContent, tag: 'turn' })
    notification.onclick = () => focus()
  } catch {
    // Some browsers for phones allow notifications of service workers only.
  }
}

/** A button that asks for the permission: browsers allow the question only after a press. */
function offerNotifications(word: ExtrasWords): void {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'quiet notify'
  const show = () => {
    const { permission } = Notification
    button.textContent = word(permission === 'granted' ? 'notifying' : permission === 'denied' ? 'denied' : 'notify')
    button.disabled = permission !== 'default'
  }
  button.onclick = () => void Notification.requestPermission().then(show)
  show()
  document.querySelector('.actions')?.append(button)
}
