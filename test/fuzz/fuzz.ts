/**
 * The fuzzer: sends requests of a seeded generator to a running shop, a few at a time, and checks every response (judge.ts). A request
 * starts as a valid one of a random route (requests.ts), and most are then spoilt (serialise.ts).
 */
import { createDice } from './dice.ts'
import { bytesOf, exchange, type FuzzRequest, toText } from './exchange.ts'
import { type Finding, judge } from './judge.ts'
import { createDraft } from './requests.ts'
import { findRoute, type Route } from './routes.ts'
import { serialise } from './serialise.ts'
import { learn, type World } from './world.ts'

export type FuzzOptions = {
  edgeUrl: string
  routes: Route[]
  world: World
  seed: number
  requests: number
  /** How often a route that was not reached is tried again; by default never. */
  rounds?: number
  /** Requests in flight. */
  concurrency?: number
  /** The run ends after this time, even if not all requests are sent. */
  maxMs?: number
  /** Called after each thousand requests. */
  onProgress?: (sent: number) => void
}

export type FuzzReport = {
  /** What was found, with examples; at most a few of each kind. */
  findings: string[]
  /** Route → its answers to requests that nothing had spoilt, as `status` → count. */
  reached: Map<string, Map<number, number>>
  /** Status → count, of all responses. */
  statuses: Map<number, number>
  /** How many requests were sent. */
  sent: number
}

const CONCURRENCY = 8
const MAX_KINDS = 40
const MAX_EXAMPLES = 2
/** The signing in and up of people costs the origin a password hash, so it is chosen less often. */
const IS_COSTLY = /(login|signup)$/

/** Sends `requests` requests, and more to routes that these did not reach. A seed gives the same choices; what a request gets also depends on the answers before it. */
export async function fuzz(
  { edgeUrl, routes, world, seed, requests, rounds = 0, concurrency = CONCURRENCY, maxMs = Infinity, onProgress }: FuzzOptions,
): Promise<FuzzReport> {
  const report = createReport(seed)
  const endsAt = performance.now() + maxMs
  let next = 0
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < requests && performance.now() < endsAt) {
      const index = next++
      if (index > 0 && index % PROGRESS_EVERY === 0) onProgress?.(index)
      await sendOne(index)
    }
  }))
  // Chance may have spoilt every request of a route, or its person may not have been allowed to send it.
  for (let round = 0; round < rounds; round++) {
    const missed = new Set(unreached(routes, report.result, new Set()))
    for (const route of routes.filter(({ name }) => missed.has(name))) await sendOne(next++, route)
  }
  report.result.sent = next
  return report.result

  async function sendOne(index: number, chosen?: Route): Promise<void> {
    const dice = createDice(seed, index)
    const draft = await createDraft(dice, world, chosen ?? chooseRoute(dice, routes))
    const request = serialise(dice, draft)
    const route = findRoute(routes, request.method, pathnameOf(request))
    const isIntact = request.method === draft.method && request.target === draft.path + draft.query
    try {
      const response = await exchange(edgeUrl, request)
      report.count(route, response.status, isIntact)
      learn(world, draft.person, request.target, response)
      for (const finding of judge({ request, response, route })) report.add(index, finding, request, route)
    } catch (error) {
      // The runtime closes a connection on which no valid message arrives.
      if (!request.isBroken) report.add(index, { rule: 'a response', detail: String(error) }, request, route)
    }
  }
}

const PROGRESS_EVERY = 1_000
const pathnameOf = ({ target }: FuzzRequest) => target.split(/[?#]/, 1)[0]!

function chooseRoute(dice: ReturnType<typeof createDice>, routes: Route[]): Route {
  const route = dice.pick(routes)
  return IS_COSTLY.test(route.name) && route.method === 'POST' && dice.chance(0.6) ? dice.pick(routes) : route
}

/** Sends one request again, as the output of a run has it. */
export async function repeat(edgeUrl: string, routes: Route[], request: FuzzRequest): Promise<string> {
  const route = findRoute(routes, request.method, pathnameOf(request))
  const response = await exchange(edgeUrl, request)
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n')
  const findings = judge({ request, response, route }).map(({ rule, detail }) => `${rule}: ${detail}`)
  return `${bytesOf(edgeUrl, request).toString('latin1')}\n\n${response.status}\n${head}\n\n${response.text}\n\n${
    findings.join('\n')
  }`
}

function createReport(seed: number) {
  const result: FuzzReport = { findings: [], reached: new Map(), statuses: new Map(), sent: 0 }
  const kinds = new Map<string, number>()
  const increase = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1)
  return {
    result,
    count(route: Route | null, status: number, isIntact: boolean): void {
      increase(result.statuses, status)
      if (!route || !isIntact) return
      const answers = result.reached.get(route.name) ?? new Map<number, number>()
      result.reached.set(route.name, answers)
      increase(answers, status)
    },
    add(index: number, { rule, detail }: Finding, request: FuzzRequest, route: Route | null): void {
      const kind = `${rule}: ${detail.slice(0, 200)}`
      if (!kinds.has(kind) && kinds.size >= MAX_KINDS) return
      increase(kinds, kind)
      if (kinds.get(kind)! <= MAX_EXAMPLES) {
        result.findings.push(
          `${kind} (${route?.name ?? 'no route'})\n  request ${index}: FUZZ_SEED=${seed} FUZZ_REPEAT='${
            toText(request).replaceAll("'", "'\\''")
          }'`,
        )
      }
    },
  }
}

/**
 * The routes of which no unspoilt request reached the handler: all were refused as unknown, unreadable or not allowed. Requests use up what
 * some routes are about, such as invitations and sessions; these refuse others otherwise, so a 404 is the handler's.
 */
export const unreached = (routes: Route[], { reached }: Pick<FuzzReport, 'reached'>, hidden: ReadonlySet<string>): string[] =>
  routes.filter(({ name, path }) => {
    const isReached = (status: number) =>
      !NOT_REACHED.has(status) || (status === 404 && isUsedUp(path)) ||
      (status === 403 && path === NEEDS_VISIT)
    return !hidden.has(path) && ![...reached.get(name)?.keys() ?? []].some(isReached)
  }).map(({ name }) => name)

export const isUsedUp = (path: string): boolean => /^(\/api)?\/admin\/|^\/check-in|\/sessions\/:session/.test(path)

/** Its passes are signed by the fuzzer and belong to no visit, which the handler refuses with 403. */
const NEEDS_VISIT = '/queue/:room/pass/extension'

const NOT_REACHED = new Set([400, 401, 403, 404, 405, 413, 429, 431])
