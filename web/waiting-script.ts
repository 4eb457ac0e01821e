/**
 * The waiting page's script. The visitor's place never changes, so a poll only fetches the room's snapshot, the same for everyone, and
 * the script compares: the turn has come when the serving number has passed the place.
 */
export const waitingScript = `
(() => {
  const $ = (id) => document.getElementById(id)
  const { room, bookingUrl, language, texts, opensText, ...given } = JSON.parse($('state').textContent)
  let { snapshot, position } = given
  let offset = Date.parse(snapshot.serverTime) - Date.now()
  let spoken = 0, failures = 0, audio = null, done = false
  const url = '/queue/' + room
  const figure = (value) => value.toLocaleString(language)
  const ask = (path, method) => fetch(url + path, { method, headers: { accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(10000) })
  const now = () => Date.now() + offset

  addEventListener('pointerdown', () => { audio ??= new AudioContext() }, { once: true })
  $('leave').addEventListener('submit', (event) => {
    event.preventDefault()
    done = true
    ask('/tickets', 'DELETE').finally(() => event.target.submit())
  })
  $('again').addEventListener('click', () => { position = null; $('again').hidden = true; done = false; step() })

  function show(face, hint) {
    document.body.dataset.face = face
    if ($('head').textContent !== texts[face]) {
      $('head').textContent = texts[face]
      document.title = texts[face] + ' · NETicket'
    }
    $('hint').textContent = hint ?? texts[face + 'Hint']
  }
  function say(sentence) {
    if (Date.now() - spoken < 10000) return
    spoken = Date.now()
    $('live').textContent = sentence
  }
  function render() {
    const { phase, serving, perMinute, opensAt } = snapshot
    const untilOpen = opensAt ? Date.parse(opensAt) - now() : 0
    const notYet = phase === 'closed' && untilOpen > 0
    show(position ? (phase === 'idle' ? 'open' : phase) : phase === 'closed' ? 'closed' : 'joining',
      notYet ? opensText : position || phase === 'closed' ? undefined : '')
    $('countdown').hidden = !(phase === 'lobby' || notYet)
    $('figures').hidden = !position || phase === 'closed'
    $('leave').hidden = !position
    $('updated').textContent = new Date(now()).toLocaleTimeString('en-GB', { timeZone: 'Asia/Seoul' })
    if (!position) return
    const ahead = Math.max(0, position.place - serving)
    const seconds = Math.max(0, phase === 'lobby' ? untilOpen / 1000 : 0) + (ahead + 1) * 60 / perMinute
    const moving = phase === 'open' || phase === 'idle' || phase === 'lobby'
    $('ahead').textContent = figure(ahead)
    $('progress').max = position.place + 1
    $('progress').value = position.place + 1 - ahead
    $('eta').textContent = !moving ? '–' : seconds < 60 ? texts.under : texts.minutes.replace('%', figure(Math.ceil(seconds / 60)))
    say(texts.place + ' ' + figure(ahead) + texts.people)
  }
  function tick() {
    if ($('countdown').hidden || !snapshot.opensAt) return
    const left = Math.max(0, Math.ceil((Date.parse(snapshot.opensAt) - now()) / 1000))
    const two = (value) => String(Math.floor(value)).padStart(2, '0')
    const days = Math.floor(left / 86400)
    $('clock').textContent = (days ? days + (language === 'ko' ? '일 ' : 'd ') : '') +
      (left >= 3600 ? two(left / 3600 % 24) + ':' : '') + two(left / 60 % 60) + ':' + two(left % 60)
  }
  function chime() {
    document.title = '★ ' + texts.turn
    if (!audio) return
    const tone = audio.createOscillator(), gain = audio.createGain()
    gain.gain.value = 0.1
    tone.frequency.value = 880
    tone.connect(gain).connect(audio.destination)
    tone.start()
    tone.stop(audio.currentTime + 0.25)
  }
  function miss() {
    done = true
    position = null
    $('figures').hidden = $('leave').hidden = true
    $('again').hidden = false
    show('missed')
  }
  async function join() {
    const response = await ask('/tickets', 'POST')
    const body = await response.json()
    if (response.ok) position = body
    else if (body.code !== 'sale_not_open' && body.code !== 'sale_closed') throw body
    return response.ok ? body.pollAfterMs : 5000
  }
  async function enter() {
    show('turn')
    chime()
    const response = await ask('/pass', 'POST')
    if (response.ok) { done = true; location.replace(bookingUrl); return 60000 }
    const body = await response.json()
    switch (body.code) {
      case 'not_your_turn': return body.pollAfterMs || 1000
      case 'turn_missed': miss(); return 60000
      case 'ticket_used': done = true; location.replace(bookingUrl); return 60000
      case 'ticket_invalid': position = null; return 500
      default: throw body
    }
  }
  async function look() {
    const response = await ask('', 'GET')
    const body = await response.json()
    if (!response.ok) throw body
    if (position && body.epoch !== snapshot.epoch) position = null
    snapshot = body
    offset = Date.parse(body.serverTime) - Date.now()
  }
  async function step() {
    if (done) return
    let wait
    try {
      if (!position && snapshot.phase !== 'closed') wait = await join()
      const { phase, serving, opensAt } = snapshot
      const called = position && position.place < serving && (phase === 'open' || phase === 'idle')
      if (called) wait = await enter()
      else {
        render()
        const untilOpen = phase === 'lobby' && opensAt ? Date.parse(opensAt) - now() : Infinity
        const ahead = position ? Math.max(0, position.place - serving) * 60000 / snapshot.perMinute : 0
        wait = Math.min(Math.max(snapshot.pollAfterMs, Math.min(30000, ahead / 8)), Math.max(250, untilOpen + 300))
      }
      failures = 0
      $('trouble').hidden = true
    } catch (problem) {
      failures++
      $('trouble').hidden = false
      wait = Math.max((problem.retryAfterSeconds ?? 0) * 1000, Math.min(30000, 1000 * 2 ** Math.min(failures, 5)))
    }
    if (done) return
    if (document.hidden) wait = Math.max(wait, 5000)
    setTimeout(async () => {
      try { await look() } catch { failures++; $('trouble').hidden = false }
      step()
    }, wait * (0.8 + 0.4 * Math.random()))
  }
  setInterval(tick, 250)
  tick()
  step()
})()
`.trim()
