import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DOCUMENTED } from './documented.ts'
import { fuzz, type FuzzReport, isUsedUp, unreached } from './fuzz.ts'
import { findDamage, type FuzzTarget, HIDDEN_PATHS, openFuzzTarget } from './fuzz-target.ts'

/** `npm run fuzz` sends more. */
const REQUESTS = 3_000
const SEED = 1
/** More than a busy machine needs. */
const TIMEOUT_MS = 600_000

let target: FuzzTarget
let report: FuzzReport
beforeAll(async () => {
  target = await openFuzzTarget(SEED)
  report = await fuzz({ ...target, seed: SEED, requests: REQUESTS, rounds: 20 })
}, TIMEOUT_MS)
afterAll(() => target.close())

describe('thousands of valid and spoilt requests over all routes', () => {
  test('every answer is documented, explained and safe', () => expect(report.findings).toEqual([]))

  test('every route has documented answers and is reached', () => {
    expect(target.routes.length).toBeGreaterThan(50)
    expect(target.routes.map(({ name }) => name).filter((name) => !(name in DOCUMENTED))).toEqual([])
    expect(unreached(target.routes, report, HIDDEN_PATHS)).toEqual([])
  })

  test('no seat and no reservation is lost, and nobody has more than the limit', async () => {
    expect(target.world.booked.size).toBeGreaterThan(0)
    expect(await findDamage(target.site, target.world)).toEqual([])
    target.world.booked.add('00000000-0000-7000-8000-000000000000')
    expect(await findDamage(target.site, target.world), 'negative control').toHaveLength(1)
  })

  test('the programs report no fault', () => expect(target.site.faults()).toEqual([]))
})

describe('a broken site is reported (negative control)', () => {
  const rulesBrokenBy = async (respond: (request: Request) => Response) => {
    const broken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: respond })
    const { findings, reached } = await fuzz({ ...target, edgeUrl: broken.url.origin, seed: SEED, requests: 300 })
    await broken.stop(true)
    return { rules: new Set(findings.map((finding) => finding.split(':')[0])), reached, findings }
  }

  test('one that answers everything with a bare 500', async () => {
    const { rules, findings } = await rulesBrokenBy(() => new Response(null, { status: 500 }))
    for (const rule of ['no 5xx', 'problem body', 'request id']) expect(rules).toContain(rule)
    expect(findings[0]).toMatch(/request \d+: FUZZ_SEED=1 FUZZ_REPEAT='\{"method":.*'/)
  })

  test('one that shares a page with a cookie and with what the client sent', async () => {
    const headers = { 'content-type': 'text/html', 'cache-control': 'public, max-age=60', 'set-cookie': 'session=1; Path=/' }
    const { rules } = await rulesBrokenBy((request) => new Response(`<p>${[...request.headers]}</p>`, { headers }))
    for (const rule of ['escaped input', 'private stays private', 'cookies', 'safe pages', 'documented answer']) {
      expect(rules).toContain(rule)
    }
  })

  test('one that knows no route', async () => {
    const { reached } = await rulesBrokenBy(() => new Response(null, { status: 404 }))
    const routes = target.routes.filter(({ path }) => !isUsedUp(path))
    expect(unreached(routes, { reached }, new Set())).toHaveLength(routes.length)
  })
})
