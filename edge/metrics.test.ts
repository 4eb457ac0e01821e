import { expect, test } from 'vitest'
import { createMetrics, serveMetrics } from './metrics.ts'

/** The samples of an edge without live rooms. */
function createTestMetrics() {
  const metrics = createMetrics()
  metrics.watch({ statuses: () => [] }, { inFlight: () => 7 }, { downMs: () => 1_500 })
  const samples = async (prefix: string) => (await metrics.text()).split('\n').filter((line) => line.startsWith(prefix))
  return { metrics, samples }
}

test('counts responses by kind and class, problems by code, passes and forwarded requests', async () => {
  const { metrics, samples } = createTestMetrics()
  for (const status of [200, 201, 304, 404, 503]) metrics.answered('join', status)
  metrics.refused('busy')
  metrics.refused('busy')
  metrics.admitted()
  metrics.forwarded(30)
  const nonZero = async (prefix: string) => (await samples(prefix)).filter((line) => !line.endsWith(' 0'))
  expect(await nonZero('neticket_edge_responses_total')).toEqual([
    'neticket_edge_responses_total{kind="join",status="2xx"} 2',
    'neticket_edge_responses_total{kind="join",status="3xx"} 1',
    'neticket_edge_responses_total{kind="join",status="4xx"} 1',
    'neticket_edge_responses_total{kind="join",status="5xx"} 1',
  ])
  expect(await nonZero('neticket_edge_problems_total')).toEqual(['neticket_edge_problems_total{code="busy"} 2'])
  expect(await nonZero('neticket_edge_admitted_total')).toEqual(['neticket_edge_admitted_total 1'])
  expect(await nonZero('neticket_edge_forward_seconds_bucket{le="0.025"}')).toEqual([])
  expect(await nonZero('neticket_edge_forward_seconds_bucket{le="0.05"}')).toHaveLength(1)
  expect(await samples('neticket_edge_in_flight')).toEqual(['neticket_edge_in_flight 7'])
  expect(await samples('neticket_edge_responses_total'), 'a second scrape counts nothing twice').toHaveLength(28)
  expect(await nonZero('neticket_edge_responses_total{kind="join",status="2xx"}')).toEqual([
    'neticket_edge_responses_total{kind="join",status="2xx"} 2',
  ])
})

test('the metrics port serves /metrics and nothing else', async () => {
  const get = (path: string) => serveMetrics(createTestMetrics().metrics)(new Request(`http://127.0.0.1:9464${path}`))
  const response = await get('/metrics')
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  expect(await response.text()).toContain('# TYPE neticket_edge_responses_total counter\n')
  for (const path of ['/', '/metrics/', '/queue/one', '/healthz']) expect((await get(path)).status).toBe(404)
})
