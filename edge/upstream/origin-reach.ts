/** How often the origin is checked when no request has reached it in the meantime. */
export const CHECK_MS = 2_000
/** From when on the origin counts as unreachable. */
export const DOWN_AFTER_MS = 5_000
/**
 * How long others must have reached the origin while this edge did not. Longer than a probe takes to fail: after an outage of the origin the
 * edges recover one after the other, and the first one must not make the others leave the balancer.
 */
export const ISOLATED_AFTER_MS = 15_000
/** Statuses by which a balancer reports that it cannot reach the origin. */
const GATEWAY_ERRORS = new Set([502, 503, 504])

/** What the edges tell each other. Both methods may reject. */
export type ReachReports = {
  /** Reports to the other edges that this one reaches the origin. */
  report(): Promise<unknown>
  /** Whether any edge, this one included, has reported within the last seconds: clearly fewer than ISOLATED_AFTER_MS. */
  isReported(): Promise<boolean>
}

type Parts = {
  now(): number
  /** Sends a cheap request to the origin. Its response is reported through `onResponse`. Never rejects. */
  probe(): Promise<unknown>
  reports: ReachReports
  log(event: string): void
}

/**
 * Whether this edge reaches the origin:
 *
 *   reachable ──5 s without a response──▶ unreachable ──another edge reaches it for 15 s──▶ isolated
 *       ◀──────────────────────────────── any response ──────────────────────────────────────┘
 *
 * Only `isolated` makes an edge not ready (decision 0023). Requests of visitors count as checks, so a busy edge sends none of its own.
 */
export function createOriginReach({ now, probe, reports, log }: Parts) {
  let reachedAtMs = now()
  let [isProbing, isLogged] = [false, false]
  /** Since when each check has found reports while the origin was unreachable from here. */
  let reportedSinceMs: number | null = null
  const silentMs = () => now() - reachedAtMs
  const isDown = () => silentMs() >= DOWN_AFTER_MS

  async function exchangeReports(): Promise<void> {
    try {
      if (!isDown()) await reports.report()
      const isReported = isDown() && await reports.isReported()
      reportedSinceMs = isReported ? reportedSinceMs ?? now() : null
    } catch {
      // Without the store it is not known what others reach.
      reportedSinceMs = null
    }
  }

  function check(): void {
    if (silentMs() >= CHECK_MS && !isProbing) {
      isProbing = true
      void probe().finally(() => isProbing = false)
    }
    if (isDown() !== isLogged) log(isDown() ? 'origin_unreachable' : 'origin_reachable')
    isLogged = isDown()
    void exchangeReports()
  }
  const timer = setInterval(check, CHECK_MS)

  return {
    /** Records that a response with this status has arrived. */
    onResponse(status: number): void {
      if (!GATEWAY_ERRORS.has(status)) reachedAtMs = now()
    },

    state(): 'reachable' | 'unreachable' | 'isolated' {
      if (!isDown()) return 'reachable'
      return reportedSinceMs !== null && now() - reportedSinceMs >= ISOLATED_AFTER_MS ? 'isolated' : 'unreachable'
    },

    /** How long the origin has been unreachable, in milliseconds; 0 while it is reachable. */
    downMs: () => isDown() ? silentMs() : 0,

    close: () => clearInterval(timer),
  }
}

export type OriginReach = ReturnType<typeof createOriginReach>
