/** How fast is a search over 100,000 events? Open arrivals, 200 a second, each with other search terms so that no cache helps. */
import { catalogue } from '../../dev/demo/catalogue.ts'
import { createSeededRandom } from '../../runtime/seeded-random.ts'
import { addManyEvents } from '../../dev/sale-fixtures.ts'
import { addressOf, type LoadRequest } from '../load.ts'
import { expectOk, overRounds, type Run, type Scenario } from '../scenario.ts'

const PER_SECOND = 200

export const search: Scenario = {
  name: 'search',
  question: 'How fast is a search over 100,000 events?',
  async run(bench) {
    const [count, forMs] = bench.isQuick ? [2_000, 1_000] : [100_000, 8_000]
    await addManyEvents(bench.db, count, new Date())
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin)
    await untilFound(origin.url)
    const runs: Record<string, Run[]> = { origin: [], edge: [] }
    for (let round = 0; round < bench.rounds; round++) {
      for (const { name, url } of [origin, edge]) {
        const requests = searchRequests(forMs / 1000 * PER_SECOND, round)
        const work = { kind: 'arrivals' as const, requests, expect: expectOk('"items":'), forMs, perSecond: PER_SECOND }
        if (round === 0) await bench.warm(url, { connections: 64, work })
        runs[name]!.push(await bench.load(`${name}, ${count} events, ${PER_SECOND}/s arrive`, url, { connections: 64, work }))
      }
    }
    for (const [name, own] of Object.entries(runs)) {
      const withTarget = name === 'edge' ? { target: { atMost: 50 } } : {}
      const p99 = overRounds(own.map(({ latency }) => latency.p99))
      bench.report({
        what: `p99 of a search at the ${name}, ${count} events, from the intended time`,
        unit: 'ms',
        ...p99,
        ...withTarget,
      })
    }
  },
}

/** Waits until an origin has loaded its catalogue; until then it responds with 503. Throws after 30 s. */
export async function untilFound(originUrl: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const response = await fetch(`${originUrl}/api/events/search?q=jazz`)
    const { total } = await response.json() as { total?: number }
    if (response.ok && total !== undefined && total > 0) return
    if (response.status !== 503) throw new Error(`A search returned ${response.status} with a total of ${total}`)
  }
  throw new Error('No event was found within 30 s')
}

/** Search requests of one or two terms; 5 % match nothing. */
export function searchRequests(count: number, seed: number): LoadRequest[] {
  const random = createSeededRandom(seed)
  const terms = searchTerms()
  const pick = () => terms[Math.floor(random() * terms.length)]!
  return Array.from({ length: count }, (_, i) => {
    const q = random() < 0.05
      ? `nowhere${i}`
      : random() < 0.5
      ? `${pick()} ${Math.floor(random() * 100_000)}`
      : `${pick()} ${pick()}`
    return {
      method: 'GET',
      path: `/api/events/search?${new URLSearchParams({ q, page: String(1 + Math.floor(random() * 2)) })}`,
      headers: { accept: 'application/json', 'x-forwarded-for': addressOf(i) },
    }
  })
}

const searchTerms = () =>
  [...new Set(catalogue(new Date()).flatMap(({ title, titleEn, venue }) => `${title} ${titleEn} ${venue}`.split(/[\s,:]+/)))]
    .filter((word) => word.length > 1)
