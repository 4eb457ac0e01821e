/** The script of the live board: shows each second as it arrives, and draws the charts. Only this page loads it. */
import { h, render } from 'preact'
import type { LiveFrame, TimelinePoint } from '../../../edge/contract/live.ts'
import { LiveDetail } from '../../admin/components/live-detail.tsx'
import { LiveNow } from '../../admin/components/live-now.tsx'
import type { LiveSettings } from '../../admin/pages/live.tsx'
import { byId, find, findAll } from '../dom.ts'
import { createLiveChart } from './live-chart.ts'

/** Seconds that the charts show while the sale runs, and rows of the table. */
const RECENT = 900
const TABLE_ROWS = 30
/** Figures are normally three seconds old. */
const STALE_MS = 8_000
/** After a refused connection; the browser reconnects a lost one by itself. */
const RECONNECT_MS = 5_000

const language = document.documentElement.lang === 'ko' ? 'ko' : 'en'
const root = byId('live-now')
const { eventId, names, ...first } = JSON.parse(root.dataset.live ?? '') as LiveSettings
const timelineUrl = `/api/admin/events/${eventId}/timeline`

let frame: LiveFrame | null = first.frame
let recent: TimelinePoint[] = first.points.toReversed()
let whole: TimelinePoint[] | null = null
let receivedAtMs = performance.now()

byId('live-chart-section').hidden = false
root.textContent = ''
byId('live-detail').textContent = ''
const charts = [...findAll('[data-chart]')].map((element) => createLiveChart(element, language))

function show(): void {
  const isStale = frame !== null && performance.now() - receivedAtMs > STALE_MS
  render(h(LiveNow, { language, frame, isStale }), root)
  render(h(LiveDetail, { language, frame, names, points: recent.slice(-TABLE_ROWS).toReversed() }), byId('live-detail'))
  for (const chart of charts) chart.show(whole ?? recent)
}

function receive(text: string): void {
  const received = JSON.parse(text) as LiveFrame
  // A frame that was missed has no processes: those are of the present.
  frame = received.processes.length === 0 && frame ? Object.assign({}, received, { processes: frame.processes }) : received
  receivedAtMs = performance.now()
  if (recent.at(-1)?.at !== frame.at) recent = recent.concat(pointOf(frame)).slice(-RECENT)
  show()
}

/** A frame as a point of the charts. */
function pointOf(frame: LiveFrame): TimelinePoint {
  const { at, queue, left, total, latency, refusals } = frame
  const measured = latency.edge ?? latency.origin
  return {
    at,
    seconds: 1,
    bookings: frame.bookingsPerSecond,
    seats: frame.seatsPerSecond,
    cancellations: frame.cancellationsPerSecond,
    refused: Object.values(refusals).reduce((sum, count) => sum + count, 0),
    errors: frame.errorsPerSecond,
    joins: frame.joinsPerSecond,
    passes: frame.passes,
    waiting: queue?.waiting ?? 0,
    lobby: queue?.lobby ?? 0,
    active: queue?.active ?? 0,
    left: frame.seats.length > 0 ? left : null,
    total: frame.seats.length > 0 ? total : null,
    p50: measured?.p50 ?? null,
    p95: measured?.p95 ?? null,
    p99: measured?.p99 ?? null,
    lagMs: frame.writeBackLagMs,
  }
}

function connect(): void {
  const source = new EventSource(`/api/admin/live/${eventId}`)
  source.addEventListener('message', ({ data }) => receive(String(data)))
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => void reconnect(), RECONNECT_MS)
  })
}

/** The access token may have expired: opening the page renews the session. */
async function reconnect(): Promise<void> {
  await fetch(location.href, { method: 'HEAD' }).catch(() => {})
  connect()
}

async function readPoints(query: string): Promise<TimelinePoint[]> {
  const response = await fetch(timelineUrl + query)
  return response.ok ? (await response.json() as { points: TimelinePoint[] }).points : []
}

async function chooseRange(range: string | undefined): Promise<void> {
  for (const button of findAll('[data-range]')) button.setAttribute('aria-pressed', String(button.dataset.range === range))
  whole = range === 'whole' ? await readPoints('') : null
  show()
}

for (const button of findAll('[data-range]')) {
  button.addEventListener('click', () => void chooseRange(button.dataset.range))
}
show()
setInterval(show, 2_000)
connect()
const before = await readPoints(`?last=${RECENT}`)
const known = new Set(before.map(({ at }) => at))
recent = before.concat(recent.filter(({ at }) => !known.has(at))).sort((a, b) => a.at.localeCompare(b.at)).slice(-RECENT)
// After a sale there is nothing new to watch.
if (recent.length === 0 && find('[data-range=whole]')) await chooseRange('whole')
else show()
