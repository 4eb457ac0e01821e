/** What does reading cost? The home, search and event pages under the edge's micro-cache. Baseline: bare Deno with the same bytes. */
import { catalogue } from '../../dev/demo/catalogue.ts'
import { addEvent } from '../../dev/demo/load.ts'
import { paths } from '../../edge/contract/paths.ts'
import { addressOf, type LoadRequest } from '../load.ts'
import { expectOk, inTurn, median, overRounds, reportRatio, type Scenario } from '../scenario.ts'

export const browse: Scenario = {
  name: 'browse',
  question: 'What does reading cost under the micro-cache?',
  async run(bench) {
    const forMs = bench.isQuick ? 1_000 : 4_000
    const now = new Date()
    const ids: number[] = []
    for (const show of catalogue(now)) ids.push(await addEvent(bench.db, show, { now }))
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin)
    const pages = {
      home: [paths.home],
      search: ['서울', 'jazz'].map((q) => paths.search(q)),
      detail: ids.slice(0, 20).map(paths.event),
    }
    for (const [name, some] of Object.entries(pages)) {
      const page = await (await fetch(edge.url + some[0], { headers: BROWSER })).text()
      const denoServe = await bench.startBaseline('deno-serve', 'deno', { BODY: page })
      const load = (requests: LoadRequest[]) => ({
        connections: 64,
        work: { kind: 'around' as const, requests, expect: expectOk('</html>'), forMs },
      })
      const requests = Array.from({ length: 2_000 }, (_, i): LoadRequest => ({
        method: 'GET',
        path: some[i % some.length]!,
        headers: { ...BROWSER, 'x-forwarded-for': addressOf(i) },
      }))
      await bench.warm(edge.url, load(requests))
      const runs = await inTurn(bench, [
        { name: 'edge', run: () => bench.load(`edge, ${name}`, edge.url, load(requests)) },
        { name: 'deno-serve', run: () => bench.load(`deno-serve, ${name}`, denoServe.url, load(requests)) },
      ])
      const own = runs['edge']!
      reportRatio(bench, `${name} to bare Deno`, [own, 'edge'], [runs['deno-serve']!, denoServe.name], null)
      bench.report({
        what: `${name}: pages per second`,
        unit: '/s',
        ...overRounds(own.map(({ perSecond }) => perSecond)),
        note: `${Math.round(page.length / 1000)} kB each; the origin's CPU: ${
          median(own.map(({ cpuUs }) => cpuUs['origin']!)).toFixed(1)
        } µs each`,
      })
      await denoServe.stop()
    }
  },
}

const BROWSER = { accept: 'text/html', 'accept-language': 'ko' }
