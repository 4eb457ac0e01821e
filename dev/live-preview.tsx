import type { VNode } from 'preact'
import type { Language } from '../edge/contract/language.ts'
import type { LiveFrame, ProcessHealth, TimelinePoint } from '../edge/contract/live.ts'
import type { Viewer } from '../web/admin/admin-document.tsx'
import { LivePage } from '../web/admin/pages/live.tsx'

const MAX_POINTS = 30

/** The live board in each of its states. `now`: ISO 8601; `title`: text that an operator entered. */
export function livePreviews(
  language: Language,
  { viewer, now, title }: { viewer: Viewer; now: string; title: string },
): Record<string, VNode> {
  const before = (seconds: number) => new Date(Date.parse(now) - seconds * 1000).toISOString()
  const process = (kind: ProcessHealth['kind'], id: string, more: Partial<ProcessHealth> = {}): ProcessHealth => ({
    id,
    kind,
    version: 'r42',
    upSince: before(7_200),
    reportedAt: before(1),
    redisMs: 2,
    isHealthy: true,
    lagMs: kind === 'origin' ? 800 : null,
    dropped: 0,
    ...more,
  })
  const frame: LiveFrame = {
    at: now,
    status: 'on_sale',
    inventory: 'agreed',
    bookingsPerSecond: 214,
    seatsPerSecond: 431,
    cancellationsPerSecond: 1,
    errorsPerSecond: 0,
    joinsPerSecond: 12,
    passes: 240,
    refusals: { sold_out: 31, limit_exceeded: 4, pass_invalid: 1 },
    queue: { phase: 'open', waiting: 41_233, lobby: 0, active: 1_204, perMinute: 60_000, heldBy: 'capacity' },
    seats: [{ id: 1, left: 0, sold: 2_000, total: 2_000 }, { id: 2, left: 11_480, sold: 36_520, total: 48_000 }],
    left: 11_480,
    total: 50_000,
    latency: { edge: { p50: 30, p95: 150, p99: 300 }, origin: { p50: 7, p95: 20, p99: 45 } },
    writeBackLagMs: 1_200,
    projectedSellOutAt: before(-27),
    processes: [process('edge', 'edge-a1b2c3'), process('edge', 'edge-d4e5f6'), process('origin', 'origin-0a9b8c')],
  }
  const broken: LiveFrame = {
    ...frame,
    status: 'paused',
    inventory: 'drift',
    bookingsPerSecond: 0,
    seatsPerSecond: 0,
    errorsPerSecond: 12,
    writeBackLagMs: 48_000,
    projectedSellOutAt: null,
    refusals: { busy: 120 },
    processes: [
      process('edge', 'edge-a1b2c3', { isHealthy: false }),
      process('origin', 'origin-0a9b8c', { isHealthy: false }),
      process('origin', 'origin-7d6e5f', { reportedAt: before(12) }),
    ],
  }
  const points = Array.from({ length: MAX_POINTS }, (_, i): TimelinePoint => ({
    at: before(i),
    seconds: 1,
    bookings: 200 + i,
    seats: 400 + i,
    cancellations: 1,
    refused: 30,
    errors: 0,
    joins: 10,
    passes: 200,
    waiting: 41_000 + 200 * i,
    lobby: 0,
    active: 1_200,
    left: 11_480 + 400 * i,
    total: 50_000,
    p50: 30,
    p95: 150,
    p99: i % 3 === 0 ? null : 300,
    lagMs: 1_200,
  }))
  const page = (frame: LiveFrame | null, points: TimelinePoint[]) => (
    <LivePage
      language={language}
      viewer={viewer}
      title={title}
      eventId={1}
      names={{ '1': 'R석', '2': 'S석' }}
      frame={frame}
      points={points}
    />
  )
  return {
    'admin live board': page(frame, points),
    'admin live board, a drift and processes in trouble': page(broken, points),
    'admin live board, no figures yet': page(null, []),
  }
}
