import { commitmentTo, prepareDraw } from '../../edge/contract/draw.ts'
import { estimateWaitMs, nextPollMs } from '../../edge/contract/polling.ts'
import { solveProofOfWork } from './proof-of-work.ts'

/**
 * The waiting page's script. A poll only fetches the room's snapshot, the same for everyone, and the script compares: the turn has come when
 * the serving number has passed the place. The estimate, the pace of polls and the draw are the edge's own functions, put in as text. It is sent
 * without the comments that have a line for themselves, and without indentation.
 */
export const waitingScript = `
(() => {
  ${[estimateWaitMs, nextPollMs, commitmentTo, prepareDraw, solveProofOfWork].join('\n')}
  const $ = (id) => document.getElementById(id)
  const { room, insideUrl, language, texts, ended, ...given } = JSON.parse($('state').textContent)
  let { snapshot, position } = given
  let offset = Date.parse(snapshot.serverTime) - Date.now()
  let spoken = 0, failures = 0, audio = null, done = !!ended, called = false, timer = 0, asked = Date.now(), first = !position
  let promisedAt = 0, stream = null, streamAfter = 0
  const url = '/queue/' + room
  const figure = (value) => value.toLocaleString(language)
  const now = () => Date.now() + offset
  const untilOpen = () => snapshot.opensAt ? Date.parse(snapshot.opensAt) - now() : 0
  const moving = () => snapshot.phase === 'open' || snapshot.phase === 'idle'
  const undrawn = () => snapshot.commitment !== null && snapshot.drawn === null

  addEventListener('pointerdown', () => { audio ??= new AudioContext() }, { once: true })
  $('leave').addEventListener('submit', () => { stop(); keep(null) })
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })
  document.addEventListener('visibilitychange', () => { if (!document.hidden && !done && Date.now() - asked > 2000) plan(0) })

  async function ask(path, method, headers = {}) {
    const response = await fetch(url + path, { method, headers: { accept: 'application/json', ...headers }, signal: AbortSignal.timeout(10000) })
    const body = await response.json().catch(() => ({}))
    return { ...body, ok: response.ok, retryMs: 1000 * (body.retryAfterSeconds ?? (Number(response.headers.get('retry-after')) || 0)) }
  }
  /** The ticket, beside the cookie: if that is cleared or blocked for a while, the place is not lost. */
  const keptName = 'ticket-' + room
  function keep(ticket) {
    try {
      if (ticket) localStorage[keptName] = ticket
      else delete localStorage[keptName]
    } catch {}
  }
  function bearer() {
    try {
      return localStorage[keptName] ? { authorization: 'Bearer ' + localStorage[keptName] } : {}
    } catch {
      return position?.ticket ? { authorization: 'Bearer ' + position.ticket } : {}
    }
  }
  function stop() {
    done = true
    clearTimeout(timer)
    stream?.close()
  }
  function show(face) {
    document.body.dataset.face = face
    if ($('head').textContent !== texts[face]) $('head').textContent = texts[face]
    if ($('hint').textContent !== texts[face + 'Hint']) $('hint').textContent = texts[face + 'Hint']
    document.title = texts[face] + ' · NETicket'
  }
  function print(sentence) {
    if (Date.now() - spoken < 10000) return
    spoken = Date.now()
    $('live').textContent = sentence
  }
  function face() {
    const { phase, heldBy } = snapshot
    if (phase === 'closed') return untilOpen() > 0 ? 'early' : 'closed'
    if (phase === 'paused' && heldBy === 'store') return 'silent'
    if (phase === 'lobby') return !position ? 'joining' : undrawn() ? 'lobby' : 'line'
    if (!position && phase !== 'sold_out') return 'joining'
    return phase === 'idle' ? 'open' : phase
  }
  function render() {
    const shown = face()
    show(shown)
    $('countdown').hidden = !/lobby|line|early/.test(shown)
    $('figures').hidden = !position || snapshot.phase === 'closed'
    $('place').hidden = undrawn()
    $('crowd').hidden = !undrawn()
    $('slip').hidden = $('countdown').hidden && $('figures').hidden
    $('leave').hidden = !position
    tick()
    if ($('figures').hidden) return
    const ahead = Math.max(0, position.position - snapshot.serving)
    $('ahead').textContent = figure(ahead)
    $('issued').textContent = figure(snapshot.issued)
    $('progress').max = position.position + 1
    $('progress').value = position.position + 1 - ahead
    promise()
    const told = undrawn() ? texts.inLobby.replace('%', figure(snapshot.issued)) : texts.aheadOfYou.replace('%', figure(ahead))
    if (moving()) document.title = told + ' · NETicket'
    print(texts[shown] + '. ' + told)
  }
  /** What was promised is kept: the time only grows when it must, and then the page says why. */
  function promise() {
    if (!moving() && snapshot.phase !== 'lobby') {
      promisedAt = 0
      $('eta').textContent = '–'
      return
    }
    const endsAt = now() + estimateWaitMs(snapshot, position.position)
    const late = endsAt - promisedAt
    const later = promisedAt > 0 && late > Math.max(30000, 0.15 * (promisedAt - now()))
    if (later) $('why').textContent = texts['why_' + snapshot.heldBy] ?? texts.why_rate
    if (later || late < 0) $('why').hidden = !later
    if (!promisedAt || later || late < 0) promisedAt = endsAt
    const minutes = Math.ceil((promisedAt - now()) / 60000)
    $('eta').textContent = minutes <= 1 ? texts.under : texts.minutes.replace('%', figure(minutes))
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
    print(texts.turn + '. ' + texts.turnHint)
    if (!audio) return
    const tone = audio.createOscillator(), gain = audio.createGain()
    gain.gain.value = 0.1
    tone.frequency.value = 880
    tone.connect(gain).connect(audio.destination)
    tone.start()
    tone.stop(audio.currentTime + 0.25)
  }
  function goIn() {
    stop()
    keep(null)
    setTimeout(() => location.replace(insideUrl), audio ? 300 : 0)
  }
  /** The end of this way: nothing changes any more without the visitor. */
  function end(face) {
    stop()
    keep(null)
    $('slip').hidden = $('leave').hidden = true
    $('again').hidden = face === 'login' || face === 'cookies'
    $('login').hidden = face !== 'login'
    show(face)
    spoken = 0
    print(texts[face])
  }
  /** Tabs of one browser join one after the other, so that the second finds the ticket of the first. */
  const alone = (task) => navigator.locks ? navigator.locks.request('join-' + room, task) : task()
  async function join(work) {
    const answer = await alone(() => ask('/tickets', 'POST', { ...bearer(), ...(work ? { 'x-queue-work': work } : {}) }))
    if (answer.ok) keep((position = answer).ticket)
    else if (answer.code === 'work_required' && !work) {
      show('work')
      await join(await solveProofOfWork(answer.challenge))
    } else if (answer.code === 'unauthenticated') end('login')
    else if (answer.code === 'queue_full') {
      show('full')
      return answer.retryMs
    } else if (answer.code !== 'sale_not_open' && answer.code !== 'sale_closed') throw answer
  }
  /** Exchanges the ticket for a pass; milliseconds until the next try when that was not to be. If an answer is lost, the next try hears it again. */
  async function enter() {
    call()
    const answer = await ask('/pass', 'POST', bearer())
    // Another tab may have gone in with this browser's pass.
    if (answer.ok || answer.code === 'ticket_used') return goIn()
    if (answer.code === 'turn_missed') return end('missed')
    if (answer.code === 'sold_out') return 3000
    if (answer.code === 'not_your_turn') {
      if (answer.roomFull) show('door')
      return Math.max(1000, answer.pollAfterMs)
    }
    if (answer.code !== 'ticket_invalid') throw answer
    lose()
    return 500
  }
  /** The place is worth nothing any more: the visitor is told, and joins anew. */
  function lose() {
    keep(null)
    position = null
    called = false
    promisedAt = 0
    $('lost').hidden = false
  }
  async function take(news) {
    if (position && news.epoch !== snapshot.epoch) lose()
    const drawn = news.drawn !== snapshot.drawn
    snapshot = news
    offset = Date.parse(news.serverTime) - Date.now()
    $('updated').textContent = new Date(now()).toLocaleTimeString('en-GB', { timeZone: 'Asia/Seoul' })
    await remember()
    if (drawn && position) await drawPlace()
  }
  /** The commitment is noted when it is first seen: what is opened later must fit it. */
  async function remember() {
    const key = 'draw-' + room + '-' + snapshot.epoch
    try {
      if (undrawn() && !sessionStorage[key]) sessionStorage[key] = snapshot.commitment
      return sessionStorage[key]
    } catch {}
  }
  /** The draw gives everyone who was there before the opening a new place, which is computed here, not asked for. */
  async function drawPlace() {
    const { seed, drawn, commitment, epoch } = snapshot
    if (!globalThis.crypto?.subtle || !seed || position.index === undefined) return join()
    const fits = await commitmentTo(seed, room, epoch) === (await remember() ?? commitment)
    const place = (await prepareDraw(seed, drawn)).positionOf(position.index)
    position = { ...position, position: place }
    promisedAt = 0
    $('draw').hidden = position.index >= drawn
    $('draw').textContent = (fits ? texts.drawn : texts.drawWrong).replace('%', figure(drawn)).replace('%', figure(place + 1))
    $('draw').className = fits ? 'good' : 'trouble'
  }
  async function look() {
    const answer = await ask('/snapshot', 'GET')
    if (!answer.ok || answer.room !== room) throw answer
    await take(answer)
  }
  /** Near the front the steps are told as they happen; when that fails, polls go on as before. */
  function listen() {
    if (stream || done || !position || !moving() || Date.now() < streamAfter || estimateWaitMs(snapshot, position.position) > 20000) return
    streamAfter = Date.now() + 30000
    stream = new EventSource(url + '/events')
    stream.onmessage = async (event) => {
      await take(JSON.parse(event.data))
      failures = 0
      $('trouble').hidden = true
      if (called || done) return
      if (position && position.position < snapshot.serving && moving()) plan(Math.random() * 500)
      else render()
    }
    stream.onerror = () => { stream.close(); stream = null }
  }
  function rest() {
    const { phase, pollAfterMs } = snapshot
    if (!position) return Math.max(pollAfterMs, phase === 'closed' ? 10000 : 0) * (0.8 + 0.4 * Math.random())
    const wait = estimateWaitMs(snapshot, position.position)
    const next = nextPollMs(snapshot, position.position, wait, Math.random(), first)
    first = false
    return Math.max(next, stream ? 10000 : 0, document.hidden && wait > 60000 ? 8000 : 0)
  }
  async function step(isFirst) {
    asked = Date.now()
    let wait
    try {
      if (!isFirst) await look()
      if (!position && snapshot.phase !== 'closed') wait = await join()
      if (done) return
      if (isFirst && position && snapshot.seed) await drawPlace()
      const turn = position && position.position < snapshot.serving && moving()
      if (!turn && !wait) { called = false; render(); listen() }
      wait = turn ? await enter() : wait || rest()
      failures = 0
      $('trouble').hidden = true
    } catch (problem) {
      failures++
      if (!called && !done) render()
      $('trouble').hidden = false
      wait = Math.max(problem.retryMs || 0, Math.min(30000, 1000 * 2 ** Math.min(failures, 5))) * (0.8 + 0.4 * Math.random())
    }
    if (!done) plan(wait)
  }
  function plan(wait) {
    clearTimeout(timer)
    timer = setTimeout(step, wait)
  }
  setInterval(tick, 250)
  tick()
  remember()
  if (!navigator.cookieEnabled) end('cookies')
  if (!done) step(true)
})()
`.replace(/^\s*(?:\/\*\*.*\*\/|\/\/.*)?\n?/gm, '')
