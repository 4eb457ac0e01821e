import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIMITS } from '../../edge/limits.ts'
import type { Role } from '../../edge/contract/roles.ts'
import { signAccess } from '../../origin/sessions.ts'
import { send } from '../http.ts'
import { type RecordingServer, startRecordingServer } from '../recording-server.ts'
import { tokenKeys } from '../shop.ts'
import { until } from '../until.ts'
import { type Edges, openEdges } from './edges.ts'

const SLOTS = 2
/** A request that finds no free slot waits, up to this many per slot. */
const HELD = SLOTS + 4 * SLOTS

let origin: RecordingServer
let edges: Edges
let at: string
let release = () => {}
const gates: (() => void)[] = []
beforeAll(async () => {
  origin = startRecordingServer(async ({ pathname }) => {
    if (pathname === '/me') await new Promise<void>((resolve) => gates.push(resolve))
    if (pathname === '/api/admin/live/1') return stream()
    return new Response(`the page ${pathname}`)
  })
  edges = await openEdges(origin.url)
  at = await edges.start(null, { ORIGIN_IN_FLIGHT: String(SLOTS) })
  release = () => gates.splice(0).forEach((open) => open())
})
afterAll(async () => {
  release()
  await edges.close()
  await origin.close()
})

/** Sends a part every 100 ms, without end. */
function stream(): Response {
  let timer: ReturnType<typeof setInterval>
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let count = 0
      timer = setInterval(() => controller.enqueue(new TextEncoder().encode(`data: ${count++}\n\n`)), 100)
    },
    cancel: () => clearInterval(timer),
  })
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'private, no-store, no-transform' },
  })
}

async function headersOf(role: Role, id = 1): Promise<Record<string, string>> {
  const token = await signAccess({ tokenKeys, now: () => new Date() }, { id, nickname: 'someone', role })
  return { authorization: `Bearer ${token}`, accept: 'application/json' }
}

test('an operator’s request passes while buyers use all slots of the origin; a buyer’s request to the same page does not', async () => {
  const operator = await headersOf('viewer')
  const buyer = await headersOf('user')
  const held = Array.from({ length: HELD }, (_, i) => send(`${at}/me?${i}`, { headers: buyer }).then(({ status }) => status))
  // The slots are in use, and the queue in front of them is full.
  await until(async () => gates.length === SLOTS && (await send(`${at}/me?full`, { headers: buyer })).status === 503)

  expect(await send(`${at}/admin`, { headers: operator })).toMatchObject({ status: 200, text: 'the page /admin' })
  expect((await send(`${at}/api/admin/rooms`, { headers: operator })).status).toBe(200)
  expect((await send(`${at}/admin`, { headers: buyer })).code).toBe('busy')
  expect((await send(`${at}/admin`, { headers: { accept: 'application/json' } })).code).toBe('busy')
  const forged = { authorization: `${operator.authorization!.slice(0, -4)}AAAA`, accept: 'application/json' }
  expect((await send(`${at}/admin`, { headers: forged })).code).toBe('busy')
  expect((await send(`${at}/me`, { headers: operator })).code, 'the share is for the admin pages').toBe('busy')

  const releasing = setInterval(release, 20)
  await Promise.all(held)
  clearInterval(releasing)
})

test('an operator is not counted with a crowd at the same address, and has a limit of their own', async () => {
  const operator = await headersOf('manager', 2)
  const flood = await headersOf('user', 3)
  const { burst } = LIMITS.address
  let refused = false
  for (let sent = 0; !refused && sent < 4 * burst; sent += 500) {
    const replies = await Promise.all(Array.from({ length: 500 }, () => fetch(`${at}/queue/none/x`, { headers: flood })))
    refused = replies.some(({ status }) => status === 429)
    await Promise.all(replies.map(({ body }) => body?.cancel()))
  }
  expect(refused).toBe(true)
  expect((await send(`${at}/admin`, { headers: operator })).status).toBe(200)
  // The edge refuses these itself, so that they are faster than the limit refills.
  const foreign = { method: 'POST', headers: { ...operator, 'sec-fetch-site': 'cross-site' } }
  let isOverOwn = false
  for (let sent = 0; !isOverOwn && sent < 10 * LIMITS.operator.burst; sent += LIMITS.operator.burst) {
    const replies = await Promise.all(Array.from({ length: LIMITS.operator.burst }, () => send(`${at}/admin`, foreign)))
    isOverOwn = replies.some(({ code }) => code === 'rate_limited')
  }
  expect(isOverOwn).toBe(true)
})

test('a stream for an operator passes unbuffered, for longer than a request may wait, and ends with its client', async () => {
  const end = new AbortController()
  const response = await fetch(`${at}/api/admin/live/1`, { headers: await headersOf('viewer', 4), signal: end.signal })
  expect([response.headers.get('content-type'), response.headers.get('content-encoding')]).toEqual(['text/event-stream', null])
  const reader = response.body!.getReader()
  // Longer than the ten seconds within which every other response must be complete.
  let received = ''
  while (!received.includes('data: 105\n')) received += new TextDecoder().decode((await reader.read()).value)
  end.abort()
})
