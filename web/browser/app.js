// Pages are the same for everyone and may be a second old, and phones' clocks are wrong: the time comes from the server, the nickname
// from a readable cookie. Everything here is an addition; without it the pages work.

const $ = (selector, root = document) => root.querySelector(selector)
const all = (selector) => document.querySelectorAll(selector)
const page = document.documentElement
const told = Date.parse(page.dataset.serverTime)
let offsetMs = told ? told - Date.now() : 0
let tells = $('#seats [data-tells]')?.textContent

/** The best of three: the answer with the shortest way tells the time most exactly. */
async function setClock() {
  let best = Infinity
  for (let sample = 0; sample < 3; sample++) {
    const sentAt = performance.now()
    try {
      const { serverTime } = await (await fetch('/api/time', { cache: 'no-store' })).json()
      const tripMs = performance.now() - sentAt
      const heard = Date.parse(serverTime) + tripMs / 2 - Date.now()
      if (tripMs < best && heard === heard) [best, offsetMs] = [tripMs, heard]
    } catch {
      return
    }
  }
}

function greet() {
  const cookie = document.cookie.split('; ').find((pair) => pair.startsWith(`${$('.account').dataset.nicknameCookie}=`))
  let nickname = cookie?.slice(cookie.indexOf('=') + 1)
  try {
    nickname = nickname && decodeURIComponent(nickname)
  } catch {
    // A cookie that is no URI encoding is shown as it is.
  }
  for (const part of all('[data-guest]')) part.hidden = !!nickname
  for (const part of all('[data-member]')) part.hidden = !nickname
  $('[data-nickname]').textContent = nickname ?? ''
}

function clockText(seconds) {
  const two = (value) => String(Math.floor(value)).padStart(2, '0')
  const days = Math.floor(seconds / 86400)
  const hours = seconds >= 3600 ? `${two(seconds / 3600 % 24)}:` : ''
  return `${days ? `${days}${page.lang === 'ko' ? '일' : 'd'} ` : ''}${hours}${two(seconds / 60 % 60)}:${two(seconds % 60)}`
}

function countDown() {
  for (const clock of all('[data-opens-at], [data-ends-at]')) {
    const { opensAt, endsAt, overText, over } = clock.dataset
    const leftMs = Date.parse(opensAt ?? endsAt) - Date.now() - offsetMs
    const text = leftMs <= 0 && overText ? overText : clockText(Math.max(0, Math.ceil(leftMs / 1000)))
    if (clock.textContent !== text) clock.textContent = text
    clock.classList.toggle('near', leftMs < 60000)
    if (endsAt) endPass(leftMs)
    if (leftMs > 0 || over || !opensAt) continue
    // The panel asks for its new state just after the opening, at a moment of its own; again if the answer was still the old one.
    clock.dataset.over = 'yes'
    setTimeout(() => clock.closest('#seats')?.dispatchEvent(new Event('refresh')), 300 + Math.random() * 500)
  }
  for (const wait of all('[data-retry-seconds]')) {
    wait.dataset.until ??= String(Date.now() + Number(wait.dataset.retrySeconds) * 1000)
    wait.textContent = Math.max(0, Math.ceil((wait.dataset.until - Date.now()) / 1000))
  }
}

function endPass(leftMs) {
  const [ending, ended] = [$('[data-when-ending]'), $('[data-when-ended]')]
  if (ending) ending.hidden = leftMs > 60000
  if (ended && ended.hidden === leftMs <= 0) {
    ended.hidden = leftMs > 0
    $('#booking [type=submit]').disabled = leftMs <= 0
  }
}

/** A pass that is not used ends early; whoever looks at the form uses it. */
async function keepPass() {
  const clock = $('[data-pass]')
  if (!clock || document.hidden) return
  const answer = await fetch(clock.dataset.pass, { method: 'POST', headers: { accept: 'application/json' } }).catch(() => null)
  // The pass has been given to the next: the form says so.
  if (answer && [401, 409, 410].includes(answer.status)) clock.dataset.endsAt = new Date(0).toISOString()
}

function totalUp() {
  const total = $('[data-total]')
  const grade = $('[name=ticketTypeId]:checked')
  const quantity = $('[name=quantity]')
  if (!total || !quantity) return
  for (const button of all('[data-step]')) {
    button.hidden = false
    button.disabled = quantity.value === (button.dataset.step > 0 ? quantity.max : quantity.min)
  }
  const won = ((grade?.dataset.price ?? 0) * quantity.value).toLocaleString()
  const output = $('output', total)
  output.textContent = output.dataset.currency === 'ko' ? `${won}원` : `₩${won}`
  total.hidden = !grade
}

function prepare() {
  greet()
  countDown()
  totalUp()
  $('[data-focus]')?.focus()
  const now = $('#seats [data-tells]')?.textContent
  if (now !== tells) $('[data-news]').textContent = tells = now
}

/** Lets a form be sent again. */
function release() {
  for (const button of all('[aria-busy]')) {
    button.removeAttribute('aria-busy')
    button.disabled = false
  }
}

function on(name, listener) {
  document.addEventListener(name, listener)
}

on('click', ({ target }) => {
  const button = target.closest('[data-step]')
  if (!button) return
  const input = $('[name=quantity]')
  input.value = Math.min(input.max, Math.max(input.min, Number(input.value) + Number(button.dataset.step)))
  totalUp()
})
on('input', totalUp)
on('submit', ({ target }) => {
  if (target.method !== 'post') return
  const button = $('[type=submit]', target)
  button.setAttribute('aria-busy', 'true')
  for (const notice of all('[data-no-answer]')) notice.hidden = true
  // Not at once: the button's own press must still be sent.
  setTimeout(() => button.disabled = true)
})
// A page that comes back from the browser's memory has its buttons again.
addEventListener('pageshow', release)

on('htmx:before:request', (event) => {
  const { sourceEvent, sourceElement } = event.detail.ctx
  if (sourceEvent.type === 'every' && (document.hidden || $('[aria-busy]', sourceElement))) event.preventDefault()
})
// htmx swaps whatever comes, refusals and the ends of redirects too; a whole page never goes into a part of one.
on('htmx:after:request', (event) => {
  const { ctx } = event.detail
  if (!/^<!doctype/i.test(ctx.text)) return
  if (ctx.request.method === 'GET') return event.preventDefault()
  if (ctx.response.raw.redirected) {
    event.preventDefault()
    location.assign(ctx.response.raw.url)
  } else {
    ctx.target = document.body
    ctx.swap = 'innerHTML'
  }
})
on('htmx:finally:request', ({ detail: { ctx } }) => ctx.request.method === 'GET' || ctx.hx?.redirect || release())
on('htmx:error', ({ target }) => {
  const notice = $('[data-no-answer]', target)
  if (notice) notice.hidden = false
})
on('htmx:after:swap', ({ detail: { ctx } }) => {
  prepare()
  // The form that had the focus is gone.
  if (ctx.request.method !== 'GET' && document.activeElement === document.body) {
    ;($(`#${ctx.target.id || 'main'}`) ?? $('#main')).focus()
  }
})
on('visibilitychange', () => {
  if (document.hidden) return
  setClock()
  keepPass()
  $('#seats')?.dispatchEvent(new Event('refresh'))
})
setInterval(countDown, 250)
setInterval(keepPass, 45000)
prepare()
setClock()
