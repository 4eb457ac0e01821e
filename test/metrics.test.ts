import { readdirSync, readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { freePort } from '../dev/processes.ts'
import type { Snapshot } from '../edge/contract/rooms.ts'
import { operatorHeaders, TOKEN_SECRET } from './shop.ts'
import { end, openSite, type Site, startProgram } from './site.ts'

let site: Site
let edgeMetrics: string
let originMetrics: string
beforeAll(async () => {
  const port = await freePort()
  site = await openSite({ EDGE_METRICS_PORT: String(port), ROOM_CAPACITY: '1', INVENTORY_WATCH_MS: '100' })
  edgeMetrics = `http://127.0.0.1:${port}/metrics`
  originMetrics = `${site.originUrl}/metrics`
})
afterAll(() => site.close())

/** Reads the samples at an address of metrics: values by name and labels, as the Prometheus text format writes them. */
async function readSamples(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(url, { headers: operatorHeaders })).text()
  return new Map(
    text.split('\n').filter((line) => /^\w/.test(line)).map((line) => {
      const [, sample, value] = line.match(/^(\w+(?:\{.*\})?) (\S+)$/)!
      return [sample!, Number(value)]
    }),
  )
}

/** Runs an action and returns by how much it changes the samples whose name starts with `prefix`. Leaves out unchanged ones. */
async function changesOf(url: string, prefix: string, action: () => Promise<void>): Promise<Record<string, number>> {
  const before = await readSamples(url)
  await action()
  const after = await readSamples(url)
  return Object.fromEntries(
    [...after].map(([sample, value]) => [sample, value - (before.get(sample) ?? 0)] as const)
      .filter(([sample, change]) => sample.startsWith(prefix) && change !== 0),
  )
}

async function call(method: string, url: string, headers: HeadersInit = {}, body: BodyInit | null = null): Promise<Response> {
  return await fetch(url, { method, headers, body, redirect: 'manual' })
}

describe('the metrics of the edge', () => {
  test('count responses by kind and status, and describe the state of a room', async () => {
    const { eventId } = await site.shop.addSale({ seats: [10] })
    const room = `${site.edgeUrl}/queue/event-${eventId}`
    const statuses: number[] = []
    const request = async (method: string, path: string, headers: Record<string, string> = {}) => {
      const response = await call(method, room + path, headers)
      statuses.push(response.status)
      return await response.text()
    }
    const changes = await changesOf(edgeMetrics, 'neticket_edge_', async () => {
      // The first poll creates the room; the others take the short path.
      for (let polls = 0; polls < 5; polls++) await request('GET', '')
      await request('GET', '', { accept: 'text/html' })
      const [first, second] = [JSON.parse(await request('POST', '/tickets')), JSON.parse(await request('POST', '/tickets'))]
      await request('POST', '/pass', { authorization: `Bearer ${first.ticket}` })
      await request('POST', '/pass', { authorization: `Bearer ${second.ticket}` })
      await vi.waitFor(async () => {
        const samples = await readSamples(edgeMetrics)
        const gauge = (name: string) => samples.get(`neticket_room_${name}{room="event-${eventId}"}`)
        expect(['waiting', 'inside', 'issued', 'serving', 'per_minute', 'paused'].map(gauge)).toEqual([1, 1, 2, 1, 60_000, 0])
        expect(samples.get(`neticket_room_held_by{room="event-${eventId}",cause="capacity"}`)).toBe(1)
      }, { timeout: 30_000 })
      await request('DELETE', '/tickets', { authorization: `Bearer ${second.ticket}` })
      await (await call('GET', `${site.edgeUrl}/api/events/${eventId}`)).text()
      await (await call('POST', `${site.edgeUrl}/api/events/${eventId}/reservations`)).text()
    })
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 201, 201, 201, 425, 204])
    const forwards = Object.keys(changes).filter((sample) => sample.startsWith('neticket_edge_forward_seconds'))
    expect(changes['neticket_edge_forward_seconds_count']).toBe(1)
    // Durations and gauges depend on the moment of reading.
    for (const sample of [...forwards, 'neticket_edge_store_down_seconds', 'neticket_edge_in_flight']) delete changes[sample]
    expect(changes).toEqual({
      'neticket_edge_responses_total{kind="poll",status="2xx"}': 5,
      'neticket_edge_responses_total{kind="page",status="2xx"}': 1,
      'neticket_edge_responses_total{kind="join",status="2xx"}': 2,
      'neticket_edge_responses_total{kind="claim",status="2xx"}': 1,
      'neticket_edge_responses_total{kind="claim",status="4xx"}': 1,
      'neticket_edge_responses_total{kind="leave",status="2xx"}': 1,
      'neticket_edge_responses_total{kind="forward",status="2xx"}': 1,
      'neticket_edge_responses_total{kind="forward",status="4xx"}': 1,
      'neticket_edge_admitted_total': 1,
      'neticket_edge_problems_total{code="not_your_turn"}': 1,
      'neticket_edge_problems_total{code="pass_required"}': 1,
    })
  })

  test('do not count a problem of the origin as one of the edge', async () => {
    const changes = await changesOf(edgeMetrics, 'neticket_edge_', async () => {
      expect((await call('GET', `${site.edgeUrl}/api/me`)).status).toBe(401)
    })
    expect(changes).toMatchObject({ 'neticket_edge_responses_total{kind="forward",status="4xx"}': 1 })
    expect(Object.keys(changes).filter((sample) => sample.startsWith('neticket_edge_problems'))).toEqual([])
  })

  test('do not count a problem that the edge handled by redirecting', async () => {
    const { eventId } = await site.shop.addSale()
    const room = `${site.edgeUrl}/queue/event-${eventId}`
    const { ticket } = await (await call('POST', `${room}/tickets`)).json() as { ticket: string }
    let status = 0
    for (let claims = 0; claims < 30 && status !== 429; claims++) {
      status = (await call('POST', `${room}/pass`, { authorization: `Bearer ${ticket}` })).status
    }
    expect(status).toBe(429)
    const changes = await changesOf(edgeMetrics, 'neticket_edge_', async () => {
      // The position has been called, but the claim is rate limited, so the edge redirects to the waiting page.
      const headers = { accept: 'text/html', authorization: `Bearer ${ticket}` }
      expect((await call('GET', `${site.edgeUrl}/events/${eventId}/booking`, headers)).status).toBe(303)
    })
    expect(changes['neticket_edge_responses_total{kind="forward",status="3xx"}']).toBe(1)
    expect(Object.keys(changes).filter((sample) => sample.startsWith('neticket_edge_problems'))).toEqual([])
  })

  test('are not served on the public port', async () => {
    for (const path of ['/metrics', '/metrics?x', '/metrics/', '/queue/metrics']) {
      const response = await call('GET', site.edgeUrl + path)
      expect([path, response.status]).toEqual([path, 404])
      expect(await response.text()).not.toContain('neticket_edge_')
    }
    const response = await call('GET', edgeMetrics)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(await response.text()).toContain('\nneticket_edge_admitted_total ')
  })

  test('do not keep an edge from starting when their port is in use', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const second = await startProgram('edge', url, {
      ...process.env,
      REDIS_URL: site.shop.redisUrl,
      ORIGIN_URL: site.originUrl,
      TOKEN_SECRET,
      EDGE_METRICS_PORT: new URL(edgeMetrics).port,
    })
    expect((await call('GET', `${url}/healthz`)).status).toBe(200)
    expect((await call('GET', edgeMetrics)).status).toBe(200)
    await end(second, 'SIGTERM')
    expect(second.exitCode).toBe(0)
  })
})

test('the origin counts bookings and cancellations by outcome, from the API and from forms', async () => {
  const { eventId, ticketTypeIds: [ticketTypeId] } = await site.shop.addSale({ seats: [3] })
  const [person] = await site.shop.addPeople(1)
  const [api, form] = [`${site.edgeUrl}/api/events/${eventId}/reservations`, `${site.edgeUrl}/events/${eventId}/booking`]
  const statuses: number[] = []
  const record = async (response: Response) => {
    statuses.push(response.status)
    return await response.text()
  }
  const order = (quantity: unknown) => JSON.stringify({ ticketTypeId, quantity })
  const fields = (quantity: unknown) =>
    new URLSearchParams({ ticketTypeId: String(ticketTypeId), quantity: String(quantity), idempotencyKey: randomUUID() })
  const insider = () => site.insider(person!, eventId)
  const asForm = async () => ({ ...await insider(), 'content-type': 'application/x-www-form-urlencoded' })

  const changes = await changesOf(originMetrics, 'neticket_', async () => {
    const booked = JSON.parse(await record(await call('POST', api, await insider(), order(1))))
    await record(await call('POST', form, await asForm(), fields(1)))
    await record(await call('POST', api, await insider(), order(2)))
    await record(await call('POST', form, await asForm(), fields(2)))
    await record(await call('POST', api, await insider(), order('many')))
    await record(await call('POST', form, await asForm(), fields('many')))
    await record(await call('POST', api.replace(site.edgeUrl, site.originUrl), { 'content-type': 'application/json' }, order(1)))
    const { authorization } = await insider()
    const reservation = `${site.edgeUrl}/api/reservations/${booked.reservation.id}`
    await record(await call('DELETE', reservation, { authorization }))
    const page = `${site.edgeUrl}/reservations/${booked.reservation.id}/cancellation`
    const formType = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    await record(await call('POST', page, formType, new URLSearchParams({ keep: 'none' })))
    await record(await call('DELETE', `${site.edgeUrl}/api/reservations/${randomUUID()}`, { authorization }))
    await record(await call('GET', reservation, { authorization }))
  })
  expect(statuses).toEqual([201, 303, 409, 409, 422, 422, 401, 200, 303, 404, 200])
  expect(Object.fromEntries(Object.entries(changes).filter(([sample]) => sample.includes('outcome=')))).toEqual({
    'neticket_bookings_total{outcome="reserved"}': 2,
    'neticket_bookings_total{outcome="sold_out"}': 2,
    'neticket_bookings_total{outcome="validation_failed"}': 2,
    'neticket_bookings_total{outcome="unauthenticated"}': 1,
    'neticket_cancellations_total{outcome="cancelled"}': 2,
    'neticket_cancellations_total{outcome="not_found"}': 1,
  })
})

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BOARDS = join(ROOT, 'terraform/grafana')

const datasource = z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') })
const panel = z.object({
  id: z.int(),
  type: z.enum(['timeseries', 'stat', 'state-timeline']),
  title: z.string().min(1),
  description: z.string().min(30),
  datasource,
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  fieldConfig: z.object({
    defaults: z.object({ unit: z.string().min(1), thresholds: z.object({ steps: z.array(z.unknown()).min(1) }) }),
  }),
  targets: z.array(z.object({ refId: z.string(), datasource, expr: z.string().min(1), legendFormat: z.string() })).min(1),
})
const row = z.object({ id: z.int(), type: z.literal('row'), title: z.string(), panels: z.array(z.never()) })
const board = z.object({
  uid: z.string(),
  title: z.string(),
  // The version that Grafana 11 writes. Later releases can read it.
  schemaVersion: z.int().min(39),
  templating: z.object({
    list: z.array(z.union([
      z.object({ type: z.literal('datasource'), name: z.literal('datasource'), query: z.literal('prometheus') }),
      z.object({ type: z.literal('query'), name: z.string(), datasource, definition: z.string() }),
    ])),
  }),
  panels: z.array(z.union([row, panel])),
})
const boards = readdirSync(BOARDS).filter((file) => file.endsWith('.json')).map((file) => ({
  file,
  board: board.parse(JSON.parse(readFileSync(join(BOARDS, file), 'utf8'))),
}))
const panels = boards.flatMap(({ file, board }) =>
  board.panels.flatMap((panel) => panel.type === 'row' ? [] : [{ at: `${file}: ${panel.title}`, ...panel }])
)
const namesIn = (text: string) => [...new Set(text.match(/\bneticket_\w+/g))]

/** The metric names and labels in an expression and its legend that no sample has. */
function unknownIn(samples: Iterable<string>, expr: string, legend = ''): string[] {
  const labels = new Map<string, Set<string>>()
  for (const sample of samples) {
    const [name] = sample.split('{')
    const known = labels.get(name!) ?? new Set()
    for (const [, label] of sample.matchAll(/[{,](\w+)="/g)) known.add(label!)
    labels.set(name!, known)
  }
  const names = namesIn(expr)
  // Prometheus adds `instance` itself.
  const known = new Set(['instance', ...names.flatMap((name) => [...labels.get(name) ?? []])])
  const usedLabels = [
    ...[...expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map((found) => found[1]!),
    ...[...expr.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap((found) =>
      found[1]!.split(',').map((label) => label.trim())
    ),
    ...[...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((found) => found[1]!),
  ]
  return [...names.filter((name) => !labels.has(name)), ...usedLabels.filter((label) => !known.has(label))]
}

describe('the dashboards', () => {
  let samples: string[]
  let families: string[]
  beforeAll(async () => {
    // A room in its lobby has every metric of a room.
    const { eventId } = await site.shop.addSale({ opensInMs: 600_000 })
    const { phase } = await (await fetch(`${site.edgeUrl}/queue/event-${eventId}`)).json() as Snapshot
    expect(phase).toBe('lobby')
    await vi.waitFor(
      async () => expect([...(await readSamples(originMetrics)).keys()].join('\n')).toContain('neticket_inventory_drift_seats{'),
      {
        timeout: 30_000,
      },
    )
    const urls = [edgeMetrics, originMetrics]
    samples = (await Promise.all(urls.map(readSamples))).flatMap((samples) => [...samples.keys()])
    const texts = await Promise.all(urls.map(async (url) => await (await fetch(url, { headers: operatorHeaders })).text()))
    families = texts.flatMap((text) => [...text.matchAll(/^# TYPE (\w+) /gm)].map((found) => found[1]!))
  })

  test('use only metric names and labels that the programs export', () => {
    expect(panels.length).toBeGreaterThan(20)
    const wrong = panels.flatMap(({ at, targets }) =>
      targets.flatMap(({ expr, legendFormat }) => unknownIn(samples, expr, legendFormat).map((name) => `${at}: ${name}`))
    )
    const variables = boards.flatMap(({ board }) =>
      board.templating.list.flatMap((one) => one.type === 'query' ? unknownIn(samples, one.definition) : [])
    )
    expect([...wrong, ...variables]).toEqual([])
    for (const { at, targets } of panels) {
      expect(targets.flatMap(({ expr }) => namesIn(expr)), `${at} shows one of our metrics`).not.toEqual([])
    }
  })

  test('a wrong name, label or legend is reported (negative control)', () => {
    expect(unknownIn(samples, 'sum(rate(neticket_edge_forward_seconds[1m]))')).toEqual(['neticket_edge_forward_seconds'])
    expect(unknownIn(samples, 'max by (queue) (neticket_room_waiting{room="x"})')).toEqual(['queue'])
    expect(unknownIn(samples, 'neticket_edge_problems_total{kind="poll"}')).toEqual(['kind'])
    expect(unknownIn(samples, 'neticket_edge_in_flight', '{{place}}')).toEqual(['place'])
    expect(unknownIn(samples, 'sum by (le) (rate(neticket_edge_forward_seconds_bucket{instance="x"}[1m]))')).toEqual([])
  })

  test('show every metric that the programs export', () => {
    const shown = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr)))
    const isShown = (family: string) => shown.some((name) => name.replace(/_(bucket|count|sum)$/, '') === family)
    expect(families.length).toBeGreaterThan(15)
    expect(families.filter((family) => !isShown(family))).toEqual([])
  })

  test('can be imported: ids are unique and no panel overlaps another', () => {
    expect(new Set(boards.map(({ board }) => board.uid)).size).toBe(boards.length)
    for (const { file, board } of boards) {
      expect(new Set(board.panels.map(({ id }) => id)).size, file).toBe(board.panels.length)
      expect(board.templating.list.map(({ name }) => name), file).toContain('datasource')
    }
    const overlaps = panels.flatMap((a, i) =>
      panels.slice(i + 1).filter((b) => a.at.split(':')[0] === b.at.split(':')[0]).filter(({ gridPos: b }) =>
        a.gridPos.x < b.x + b.w && b.x < a.gridPos.x + a.gridPos.w && a.gridPos.y < b.y + b.h && b.y < a.gridPos.y + a.gridPos.h
      ).map((b) => `${a.at} on ${b.at}`)
    )
    expect(overlaps).toEqual([])
    expect(panels.filter(({ gridPos }) => gridPos.x + gridPos.w > 24)).toEqual([])
  })

  test('the documents list every metric exactly once', () => {
    const listed = ['ARCHITECTURE.md', 'docs/edge.md'].flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^\| `(neticket_\w+)/gm)].map((found) => found[1]!)
    )
    expect(listed.sort()).toEqual([...families].sort())
  })
})
