import type { Snapshot } from '../../../edge/contract/rooms.ts'
import { STATE_ELEMENT_ID } from '../../waiting-page/state.ts'
import type { ExtrasWords } from '../../waiting-page/extras-texts.ts'
import { byId } from '../dom.ts'

const CEREMONY_MS = 2_000

/** Shows the draw as an event of two seconds, and how to verify it. The page never waits for it: it goes on when the turn has come. */
export function showDraws(word: ExtrasWords): void {
  const result = byId('draw')
  let shown = ''
  const onChange = () => {
    const text = result.textContent
    if (result.hidden || text === '' || text === shown) return
    shown = text
    const [of = '', place = ''] = text.match(/\d[\d,.\s]*\d|\d/g) ?? []
    if (result.className === 'good' && place) hold(word, of, place)
    void explain(word, result)
  }
  new MutationObserver(onChange).observe(result, { childList: true, attributes: true })
  onChange()
}

/** The digits roll until each has found its place, from left to right. Screen readers announce the result alone. */
function hold(word: ExtrasWords, of: string, place: string): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  const [stage, label, number, total] = ['div', 'p', 'strong', 'p'].map((name) => document.createElement(name)) as [
    HTMLElement,
    HTMLElement,
    HTMLElement,
    HTMLElement,
  ]
  stage.className = 'ceremony'
  stage.setAttribute('aria-hidden', 'true')
  label.textContent = word('drawing')
  total.textContent = `/ ${of}`
  stage.append(label, number, total)
  document.querySelector('.card')?.append(stage)
  const start = performance.now()
  const roll = () => {
    const progress = (performance.now() - start) / CEREMONY_MS
    const settled = Math.floor(progress * (place.length + 1))
    if (progress >= 1 || document.body.dataset.view === 'turn') return void stage.remove()
    number.textContent = place.replace(
      /\d/g,
      (digit, at: number) => at < settled ? digit : String(Math.floor(Math.random() * 10)),
    )
    if (settled >= place.length) label.textContent = word('yourNumber')
    requestAnimationFrame(roll)
  }
  roll()
}

/** What the visitor needs to verify the draw themselves. */
async function explain(word: ExtrasWords, result: HTMLElement): Promise<void> {
  const state: { room: string; position: { index: number } | null } = JSON.parse(byId(STATE_ELEMENT_ID).textContent)
  const response = await fetch(`/queue/${state.room}/snapshot`).catch(() => null)
  const snapshot: Snapshot | null = response?.ok ? await response.json().catch(() => null) : null
  if (!snapshot?.seed || document.getElementById('verify')) return
  const details = document.createElement('details')
  details.id = 'verify'
  const summary = document.createElement('summary')
  summary.textContent = word('verify')
  const steps = document.createElement('p')
  steps.textContent = word('verifySteps')
  const list = document.createElement('dl')
  const facts: [string, string][] = [
    [word('commitment'), snapshot.commitment ?? '–'],
    [word('seed'), snapshot.seed],
    [word('participants'), String(snapshot.drawn ?? '–')],
  ]
  if (state.position) facts.push([word('ticketIndex'), String(state.position.index)])
  for (const [name, value] of facts) {
    const [term, description] = [document.createElement('dt'), document.createElement('dd')]
    term.textContent = name
    description.textContent = value
    list.append(term, description)
  }
  details.append(summary, steps, list)
  result.after(details)
}
