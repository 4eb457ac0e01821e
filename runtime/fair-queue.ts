/**
 * Limits of a fair queue: calls that run at once, calls of one client that wait, calls of all clients that wait, and how long a call may
 * wait.
 */
export type FairQueueLimits = { concurrency: number; perClient: number; total: number; maxWaitMs: number }

export type Busy = { kind: 'busy' }
const BUSY: Busy = { kind: 'busy' }

/** From the first to the last. While calls of all kinds wait, each kind gets its turns of TURNS, so that none delays another without bound. */
const PRIORITIES = ['preferred', 'ordinary', 'deferred'] as const
export type Priority = typeof PRIORITIES[number]
const [PREFERRED, ORDINARY, DEFERRED] = PRIORITIES
const TURNS: Priority[] = [PREFERRED, PREFERRED, PREFERRED, ORDINARY, PREFERRED, PREFERRED, ORDINARY, DEFERRED]

type Waiting = { priority: Priority; start(): void; reject(): void }
/** The calls of each client that waits, oldest first. The order of the map is the order of turns. */
type Lane = Map<string, Waiting[]>

/**
 * Runs calls of many clients with bounded concurrency, in round robin between the clients (fair queueing, RFC 970): a client with many calls
 * delays its own. Deferred calls leave one slot free for others. A call that waits too long, that is dropped from a full queue, or that
 * exceeds its client's limit, resolves with `busy` and does not run.
 *
 * When the queue is full, a call of a lower priority gives way beyond a reserve of a quarter of the queue for each priority; otherwise the
 * client with the most waiting calls loses its newest one (longest queue drop).
 */
export function createFairQueue({ concurrency, perClient, total, maxWaitMs }: FairQueueLimits) {
  const lanes: Record<Priority, Lane> = { preferred: new Map(), ordinary: new Map(), deferred: new Map() }
  const running: Record<Priority, number> = { preferred: 0, ordinary: 0, deferred: 0 }
  let waiting = 0
  let turn = 0
  const reserve = Math.floor(total / 4)
  const isOverReserve = (priority: Priority) => sizeOf(lanes[priority]) > reserve

  function startNext(): void {
    while (waiting > 0 && running.preferred + running.ordinary + running.deferred < concurrency) {
      const next = takeNext()
      if (!next) return
      waiting--
      next.start()
    }
  }

  /** The call whose turn it is: of the priority whose turn it is, or else of the first with a call. */
  function takeNext(): Waiting | undefined {
    for (const priority of [TURNS[turn % TURNS.length]!].concat(PRIORITIES)) {
      if (priority === DEFERRED && running.deferred >= Math.max(1, concurrency - 1)) continue
      const next = takeTurn(lanes[priority])
      if (!next) continue
      turn++
      return next
    }
  }

  /** Makes room for a call of a client that has `own` waiting calls. False if no other call has to give way. */
  function makeRoom(priority: Priority, own: number): boolean {
    const rank = PRIORITIES.indexOf(priority)
    const lower = PRIORITIES.slice(rank + 1).reverse().find(isOverReserve)
    if (lower) return drop(lower, 0)
    const higher = PRIORITIES.slice(0, rank).find(isOverReserve)
    if (higher && sizeOf(lanes[priority]) < reserve) return drop(higher, 0)
    const longest = PRIORITIES.slice(0, rank + 1).reverse()
      .reduce((most, other) => longestOf(lanes[other]).calls.length > longestOf(lanes[most]).calls.length ? other : most)
    return drop(longest, own + 1)
  }

  /** Drops the newest call of the client with the most, if it has more than `atMost`. */
  function drop(priority: Priority, atMost: number): boolean {
    const { client, calls } = longestOf(lanes[priority])
    if (calls.length <= atMost) return false
    remove(client, calls.at(-1)!)
    return true
  }

  function remove(client: string, call: Waiting): void {
    const lane = lanes[call.priority]
    const others = lane.get(client)?.filter((other) => other !== call) ?? []
    if (others.length > 0) lane.set(client, others)
    else lane.delete(client)
    waiting--
    call.reject()
  }

  return {
    /** Defers the ordinary calls of a client that wait. */
    defer(client: string): void {
      const calls = lanes.ordinary.get(client)
      if (!calls) return
      lanes.ordinary.delete(client)
      for (const call of calls) call.priority = DEFERRED
      lanes.deferred.set(client, (lanes.deferred.get(client) ?? []).concat(calls))
    },

    run<Result>(client: string, priority: Priority, work: () => Promise<Result>): Promise<Result | Busy> {
      const lane = lanes[priority]
      const own = lane.get(client)?.length ?? 0
      if (own >= perClient || (waiting >= total && !makeRoom(priority, own))) return Promise.resolve(BUSY)
      return new Promise((resolve, reject) => {
        const call: Waiting = {
          priority,
          start() {
            clearTimeout(timer)
            const { priority } = call
            running[priority]++
            work().then(resolve, reject).finally(() => {
              running[priority]--
              startNext()
            })
          },
          reject() {
            clearTimeout(timer)
            resolve(BUSY)
          },
        }
        const timer = setTimeout(() => remove(client, call), maxWaitMs)
        lane.set(client, (lane.get(client) ?? []).concat(call))
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
  const [call, ...later] = calls
  if (later.length > 0) lane.set(client, later)
  return call
}

/** The client of a lane with the most waiting calls. */
function longestOf(lane: Lane): { client: string; calls: Waiting[] } {
  let longest = { client: '', calls: [] as Waiting[] }
  for (const [client, calls] of lane) if (calls.length > longest.calls.length) longest = { client, calls }
  return longest
}

const sizeOf = (lane: Lane): number => [...lane.values()].reduce((sum, calls) => sum + calls.length, 0)
