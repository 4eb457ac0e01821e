import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EdgeAlone, openEdgeAlone } from './setup.ts'

let alone: EdgeAlone
beforeAll(async () => {
  alone = await openEdgeAlone([{ name: 'busy', paths: ['/busy', '/busy/*'], walkIn: false }])
})
afterAll(() => alone.close())

describe('an open path', () => {
  test('is forwarded unchanged: method, query, status, headers, every byte', async () => {
    const direct = await fetch(`${alone.upstream.url}/bytes?a=1&b=%20`)
    const through = await fetch(`${alone.edgeUrl}/bytes?a=1&b=%20`)
    expect(through.status).toBe(direct.status)
    expect(new Uint8Array(await through.arrayBuffer())).toEqual(new Uint8Array(await direct.arrayBuffer()))
    for (const name of ['content-type', 'etag', 'cache-control', 'x-upstream']) {
      expect(through.headers.get(name), name).toBe(direct.headers.get(name))
    }
    expect(through.headers.getSetCookie()).toEqual(direct.headers.getSetCookie())
    const redirect = await fetch(`${alone.edgeUrl}/elsewhere`, { redirect: 'manual' })
    expect(redirect.headers.get('location')).toBe('https://elsewhere.example/')
    expect((await fetch(`${alone.edgeUrl}/missing`)).status).toBe(404)
  })

  test.each([
    ['bytes', 'application/octet-stream', randomBytes(60_000)],
    ['text that is not UTF-8', 'application/json; charset=euc-kr', Buffer.from('22b0f8bfac22', 'hex')],
    ['text with a byte order mark', 'application/json', Buffer.from('efbbbf7b7d', 'hex')],
    ['a form', 'application/x-www-form-urlencoded', Buffer.from('a=%EA%B3%B5&b=+')],
  ])('receives a body with %s unchanged', async (_, type, body) => {
    const path = `/echo?${randomUUID()}`
    const response = await fetch(alone.edgeUrl + path, {
      method: 'PUT',
      headers: { 'content-type': type },
      body: new Uint8Array(body),
    })
    expect(Buffer.from(await response.arrayBuffer()).toString('hex')).toBe(body.toString('hex'))
    expect(alone.upstream.requestsFor(path)).toMatchObject([{ method: 'PUT', headers: { 'content-type': type } }])
  })
})

describe('headers to the upstream', () => {
  test('are not taken from the visitor if only the edge may set them', async () => {
    const path = `/headers?${randomUUID()}`
    await alone.openBrowser().get(path, {
      'x-request-id': 'forged',
      'x-queue-command': 'end-pass',
      'x-real-ip': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
      'x-forwarded-prefix': '/evil',
      'x-forwarded-port': '1',
      'x-elsewhere': 'kept',
    })
    const { headers } = alone.upstream.requestsFor(path)[0]!
    expect(headers['x-elsewhere']).toBe('kept')
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    const ofTheEdge = Object.keys(headers).filter((name) => /^x-forwarded-|^forwarded$|^x-real-ip$|^x-queue-/.test(name))
    expect(ofTheEdge.toSorted()).toEqual(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])
    expect(headers['x-forwarded-for']).toMatch(/^10\.8\.\d+\.\d+$/)
    expect([headers['x-forwarded-proto'], headers['x-forwarded-host']]).toEqual(['http', new URL(alone.edgeUrl).host])
  })

  test.each([
    ['ignores X-Forwarded-Host by default', {}, null],
    ['uses X-Forwarded-Host with TRUST_FORWARDED_HOST=yes', { TRUST_FORWARDED_HOST: 'yes' }, 'shop.example'],
  ])('the edge %s', async (_, settings, host) => {
    const path = `/headers?${randomUUID()}`
    const at = await alone.edges.start([{ name: 'host', paths: ['/behind'] }], settings)
    await alone.openBrowser({ at }).get(path, { 'x-forwarded-host': 'shop.example' })
    expect(alone.upstream.requestsFor(path)[0]!.headers['x-forwarded-host']).toBe(host ?? new URL(at).host)
  })
})

describe('the rooms file', () => {
  test.each<[string, object[] | null]>([
    ['does not list the path', [{ name: 'busy', paths: ['/another'], walkIn: false }]],
    ['is missing', null],
  ])('protects nothing when it %s (negative control)', async (_, rooms) => {
    const at = await alone.edges.start(rooms)
    expect((await alone.openBrowser({ at: alone.edgeUrl }).get('/busy')).status).toBe(303)
    expect((await alone.openBrowser({ at }).get('/busy')).text).toBe('the page /busy')
  })

  test('stops the start with a message that names every mistake', async () => {
    const room = { name: 'busy', paths: ['no-slash'], wolkIn: true }
    await expect(alone.edges.start([room])).rejects.toThrow(/rooms\.0\.paths\.0: [^]*rooms\.0: [^]*wolkIn/)
  })
})
