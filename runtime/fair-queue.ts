/** Limits of a fair queue: calls that run at once, calls of one client that wait, and calls of all clients that wait. */
export type FairQueueLimits = { concurrency: number; perClient: number; total: number }

export type Busy = { kind: 'busy' }
const BUSY: Busy = { kind: 'busy' }

/** `preferred` calls get three of four turns while both kinds wait, so that neither kind can delay the other without bound. */
export type Priority = 'preferred' | 'ordinary'
const PREFERRED_TURNS = 3

type Waiting = { start(): void; reject(): void }
/** The calls of each client that waits, oldest first. The order of the map is the order of turns. */
type Lane = Map<string, Waiting[]>

/**
 * Runs calls of many clients with bounded concurrency, in round robin between the clients (fair queueing, RFC 970): a client with many calls
 * delays its own. When the queue is full, the client with the most waiting calls loses its newest one (longest queue drop), and a preferred call
 * replaces an ordinary one beyond a reserve of a quarter. A call that is dropped, or that exceeds its client's limit, resolves with `busy` and does not run.
 */
export function createFairQueue({ concurrency, perClient, total }: FairQueueLimits) {
  const lanes: Record<Priority, Lane> = { preferred: new Map(), ordinary: new Map() }
  let running = 0
  let waiting = 0
  let turn = 0
  /** Waiting calls that preferred ones do not replace, so that no flood of preferred calls keeps all others out. */
  const reserved = Math.floor(total / 4)

  function startNext(): void {
    while (running < concurrency && waiting > 0) {
      const isPreferredTurn = turn++ % (PREFERRED_TURNS + 1) < PREFERRED_TURNS
      const [first, second] = isPreferredTurn ? [lanes.preferred, lanes.ordinary] : [lanes.ordinary, lanes.preferred]
      const next = takeTurn(first) ?? takeTurn(second)
      if (!next) return
      waiting--
      running++
      next.start()
    }
  }

  /**
   * Makes room for a call of a client that has `own` waiting calls. Up to the reserve ordinary calls replace preferred ones, and above it
   * preferred ones replace them. Otherwise the client with the most calls gives way; false if that is the caller, counting the new call.
   */
  function makeRoom(priority: Priority, own: number): boolean {
    const ordinaryCalls = sizeOf(lanes.ordinary)
    if (priority === 'ordinary' && ordinaryCalls < reserved) return drop('preferred', 0)
    if (priority === 'preferred' && ordinaryCalls > reserved) return drop('ordinary', 0)
    const isOrdinary = longestOf(lanes.ordinary).calls.length >= longestOf(lanes.preferred).calls.length
    return drop(priority === 'ordinary' && isOrdinary ? 'ordinary' : 'preferred', own + 1)
  }

  /** Drops the newest call of the client with the most, if it has more than `atMost`. */
  function drop(priority: Priority, atMost: number): boolean {
    const { client, calls } = longestOf(lanes[priority])
    if (calls.length <= atMost) return false
    calls.pop()?.reject()
    if (calls.length === 0) lanes[priority].delete(client)
    waiting--
    return true
  }

  return {
    run<Result>(client: string, priority: Priority, work: () => Promise<Result>): Promise<Result | Busy> {
      const lane = lanes[priority]
      const own = lane.get(client) ?? []
      if (own.length >= perClient || (waiting >= total && !makeRoom(priority, own.length))) return Promise.resolve(BUSY)
      return new Promise((resolve, reject) => {
        const start = () =>
          void work().then(resolve, reject).finally(() => {
            running--
            startNext()
          })
        own.push({ start, reject: () => resolve(BUSY) })
        lane.set(client, own)
        waiting++
        startNext()
      })
    },
  }
}

/** Takes the oldest call of the client whose turn it is, and moves that client to the end. */
function takeTurn(lane: Lane): Waiting | undefined {
  const [turn] = lane
  if (!turn) return undefined
  const [client, calls] = turn
  lane.delete(client)
  const call = calls.shift()
  if (calls.length > 0) lane.set(client, calls)
  return call
}

/** The client of a lane with the most waiting calls. */
function longestOf(lane: Lane): { client: string; calls: Waiting[] } {
  let longest = { client: '', calls: [] as Waiting[] }
  for (const [client, calls] of lane) if (calls.length > longest.calls.length) longest = { client, calls }
  return longest
}

const sizeOf = (lane: Lane): number => [...lane.values()].reduce((sum, calls) => sum + calls.length, 0)
