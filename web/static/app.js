// Pages are the same for everyone and may be a second old, and phones' clocks are wrong: the time comes from the server, the nickname
// from a readable cookie. Everything here is an addition; without it the pages work.

let offsetMs = 0
const serverNow = () => Date.now() + offsetMs

function greet() {
  const nickname = document.cookie.match(/(?:^|; )nickname=([^;]*)/)?.[1]
  for (const part of document.querySelectorAll('[data-guest]')) part.hidden = Boolean(nickname)
  for (const part of document.querySelectorAll('[data-member]')) part.hidden = !nickname
  const link = document.querySelector('a[data-member]')
  if (nickname && link) link.title = decodeURIComponent(nickname)
}

/** The best of three: the answer with the shortest way tells the time most exactly. */
async function setClock() {
  const told = document.documentElement.dataset.serverTime
  if (told && offsetMs === 0) offsetMs = Date.parse(told) - Date.now()
  let best = Infinity
  for (let sample = 0; sample < 3; sample++) {
    const sentAt = performance.now()
    try {
      const { serverTime } = await (await fetch('/api/time', { cache: 'no-store' })).json()
      const tripMs = performance.now() - sentAt
      if (tripMs < best) {
        best = tripMs
        offsetMs = Date.parse(serverTime) + tripMs / 2 - Date.now()
      }
    } catch {
      return
    }
  }
}

function clockText(seconds) {
  const two = (value) => String(Math.floor(value)).padStart(2, '0')
  const days = Math.floor(seconds / 86400)
  const hours = days > 0 || seconds >= 3600 ? `${two(seconds / 3600 % 24)}:` : ''
  const dayWord = document.documentElement.lang === 'ko' ? '일' : 'd'
  return `${days > 0 ? `${days}${dayWord} ` : ''}${hours}${two(seconds / 60 % 60)}:${two(seconds % 60)}`
}

function countDown() {
  for (const clock of document.querySelectorAll('[data-opens-at], [data-ends-at]')) {
    const leftMs = Date.parse(clock.dataset.opensAt ?? clock.dataset.endsAt) - serverNow()
    const text = clockText(Math.max(0, Math.ceil(leftMs / 1000)))
    if (clock.textContent !== text) clock.textContent = text
    clock.classList.toggle('near', leftMs < 60000)
    // The panel asks for its new state just after the opening, at a moment of its own.
    if (leftMs <= 0 && clock.dataset.opensAt && !clock.dataset.over) {
      clock.dataset.over = 'yes'
      const panel = clock.closest('#seats')
      if (panel) setTimeout(() => panel.dispatchEvent(new CustomEvent('opened')), 300 + Math.random() * 500)
    }
  }
  for (const wait of document.querySelectorAll('[data-retry-seconds]')) {
    wait.dataset.until ??= String(Date.now() + Number(wait.dataset.retrySeconds) * 1000)
    wait.textContent = String(Math.max(0, Math.ceil((Number(wait.dataset.until) - Date.now()) / 1000)))
  }
}

function totalUp() {
  const total = document.querySelector('[data-total]')
  const grade = document.querySelector('input[name=ticketTypeId]:checked')
  const quantity = document.querySelector('input[name=quantity]')
  if (!total || !grade || !quantity) return
  const won = (Number(grade.dataset.price) * Number(quantity.value || 0)).toLocaleString()
  const output = total.querySelector('output')
  output.textContent = output.dataset.currency === 'ko' ? `${won}원` : `₩${won}`
  total.hidden = false
}

function prepare() {
  greet()
  countDown()
  totalUp()
  for (const button of document.querySelectorAll('[data-step]')) button.hidden = false
  document.querySelector('[data-focus]')?.focus()
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-step]')
  if (!button) return
  const input = button.parentElement.querySelector('input')
  input.value = String(
    Math.min(Number(input.max), Math.max(Number(input.min), Number(input.value) + Number(button.dataset.step))),
  )
  totalUp()
})
document.addEventListener('input', totalUp)
document.addEventListener('submit', (event) => {
  if (event.target.method !== 'post') return
  const button = event.target.querySelector('button[type=submit]')
  button?.setAttribute('aria-busy', 'true')
  // Not at once: the button's own press must still be sent.
  setTimeout(() => button && (button.disabled = true))
})
// A page that comes back from the browser's memory has its buttons again.
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[aria-busy]')) {
    button.removeAttribute('aria-busy')
    button.disabled = false
  }
})
document.addEventListener('htmx:after:swap', prepare)
document.addEventListener('visibilitychange', () => document.hidden || setClock())
setInterval(countDown, 250)
prepare()
setClock()
