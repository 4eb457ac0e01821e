/**
 * The waiting page's script. The visitor's place never changes but in the draw, so a poll only fetches the room's snapshot, the same for
 * everyone, and the script compares: the turn has come when the serving number has passed the place.
 */
export const waitingScript = `
(() => {
  const $ = (id) => document.getElementById(id)
  const { room, bookingUrl, language, texts, missed, ...given } = JSON.parse($('state').textContent)
  let { snapshot, position } = given
  let offset = Date.parse(snapshot.serverTime) - Date.now()
  let spoken = 0, failures = 0, audio = null, done = missed, called = false, timer = 0, asked = Date.now()
  const url = '/queue/' + room
  const figure = (value) => value.toLocaleString(language)
  const now = () => Date.now() + offset
  const untilOpen = () => snapshot.opensAt ? Date.parse(snapshot.opensAt) - now() : 0

  addEventListener('pointerdown', () => { audio ??= new AudioContext() }, { once: true })
  $('leave').addEventListener('submit', () => { done = true; clearTimeout(timer) })
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
  document.addEventListener('visibilitychange', () => { if (!document.hidden && !done && Date.now() - asked > 2000) plan(0) })

  async function ask(path, method) {
    const response = await fetch(url + path, { method, headers: { accept: 'application/json' }, signal: AbortSignal.timeout(10000) })
    const body = await response.json().catch(() => ({}))
    return { ...body, ok: response.ok, retryMs: 1000 * (body.retryAfterSeconds ?? (Number(response.headers.get('retry-after')) || 0)) }
  }
  function show(face) {
    document.body.dataset.face = face
    if ($('head').textContent !== texts[face]) $('head').textContent = texts[face]
    if ($('hint').textContent !== texts[face + 'Hint']) $('hint').textContent = texts[face + 'Hint']
    document.title = texts[face] + ' · NETicket'
  }
  function say(sentence) {
    if (Date.now() - spoken < 10000) return
    spoken = Date.now()
    $('live').textContent = sentence
  }
  function render() {
    const { phase, serving, perMinute } = snapshot
    const early = phase === 'closed' && untilOpen() > 0
    show(early ? 'early' : phase === 'closed' ? phase : !position ? 'joining' : phase === 'idle' ? 'open' : phase)
    $('countdown').hidden = !(phase === 'lobby' || early)
    $('figures').hidden = !position || phase === 'closed'
    $('slip').hidden = $('countdown').hidden && $('figures').hidden
    $('leave').hidden = !position
    tick()
    if ($('figures').hidden) return
    const ahead = Math.max(0, position.place - serving)
    const seconds = (phase === 'lobby' ? Math.max(0, untilOpen() / 1000) : 0) + (ahead + 1) * 60 / perMinute
    const moving = perMinute > 0 && (phase === 'open' || phase === 'idle' || phase === 'lobby')
    $('ahead').textContent = figure(ahead)
    $('progress').max = position.place + 1
    $('progress').value = position.place + 1 - ahead
    $('eta').textContent = !moving ? '–' : seconds < 60 ? texts.under : texts.minutes.replace('%', figure(Math.ceil(seconds / 60)))
    const told = texts.aheadOfYou.replace('%', figure(ahead))
    if (phase === 'open' || phase === 'idle') document.title = told + ' · NETicket'
    say(texts[document.body.dataset.face] + '. ' + told)
  }
  function tick() {
    if ($('countdown').hidden) return
    const left = Math.max(0, Math.ceil(untilOpen() / 1000))
    const two = (value) => String(Math.floor(value)).padStart(2, '0')
    const days = Math.floor(left / 86400)
    const text = (days ? days + (language === 'ko' ? '일 ' : 'd ') : '') +
      (left >= 3600 ? two(left / 3600 % 24) + ':' : '') + two(left / 60 % 60) + ':' + two(left % 60)
    if ($('clock').textContent !== text) $('clock').textContent = text
  }
  function call() {
    show('turn')
    $('slip').hidden = true
    if (called) return
    called = true
    spoken = 0
    say(texts.turn)
    if (!audio) return
    const tone = audio.createOscillator(), gain = audio.createGain()
    gain.gain.value = 0.1
    tone.frequency.value = 880
    tone.connect(gain).connect(audio.destination)
    tone.start()
    tone.stop(audio.currentTime + 0.25)
  }
  function goIn() {
    done = true
    setTimeout(() => location.replace(bookingUrl), audio ? 300 : 0)
  }
  function miss() {
    done = true
    $('slip').hidden = $('leave').hidden = true
    $('again').hidden = false
    show('missed')
    spoken = 0
    say(texts.missed)
  }
  async function join() {
    const answer = await ask('/tickets', 'POST')
    if (answer.ok) position = answer
    else if (answer.code !== 'sale_not_open' && answer.code !== 'sale_closed') throw answer
  }
  /** Exchanges the ticket for a pass; milliseconds until the next try when that was not to be. */
  async function enter() {
    call()
    const answer = await ask('/pass', 'POST')
    if (answer.ok || answer.code === 'ticket_used') return goIn()
    if (answer.code === 'turn_missed') return miss()
    if (answer.code === 'not_your_turn') return Math.max(1000, answer.pollAfterMs)
    if (answer.code !== 'ticket_invalid') throw answer
    position = null
    return 500
  }
  async function look() {
    const answer = await ask('', 'GET')
    if (!answer.ok) throw answer
    if (position && answer.epoch !== snapshot.epoch) { position = null; called = false }
    const drawn = answer.drawn !== snapshot.drawn
    snapshot = answer
    offset = Date.parse(answer.serverTime) - Date.now()
    $('updated').textContent = new Date(now()).toLocaleTimeString('en-GB', { timeZone: 'Asia/Seoul' })
    // The draw gives everyone who was there before the opening a new place.
    if (drawn && position) await join()
  }
  /** How long until the next look: the nearer the turn or the opening, the sooner. */
  function rest() {
    const { phase, serving, perMinute, pollAfterMs } = snapshot
    const moving = phase === 'open' || phase === 'idle'
    const turnMs = position && moving && perMinute > 0 ? Math.max(0, position.place - serving) * 60000 / perMinute : 0
    const openMs = phase === 'lobby' && untilOpen() > 0 ? untilOpen() + 300 : Infinity
    return Math.min(Math.max(pollAfterMs, phase === 'closed' ? 10000 : 0, document.hidden ? 8000 : 0, Math.min(30000, turnMs / 8)), openMs)
  }
  async function step(first) {
    asked = Date.now()
    let wait
    try {
      if (!first) await look()
      if (!position && snapshot.phase !== 'closed') await join()
      const { phase, serving } = snapshot
      const turn = position && position.place < serving && (phase === 'open' || phase === 'idle')
      if (!turn) { called = false; render() }
      wait = turn ? await enter() : rest()
      failures = 0
      $('trouble').hidden = true
    } catch (problem) {
      failures++
      if (!called) render()
      $('trouble').hidden = false
      wait = Math.max(problem.retryMs || 0, Math.min(30000, 1000 * 2 ** Math.min(failures, 5)))
    }
    if (!done) plan(wait * (0.8 + 0.4 * Math.random()))
  }
  function plan(wait) {
    clearTimeout(timer)
    timer = setTimeout(step, wait)
  }
  setInterval(tick, 250)
  tick()
  if (!done) step(true)
})()
`.trim()
