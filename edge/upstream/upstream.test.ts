import { expect, test } from 'vitest'
import type { ClientRequest } from '../client-request.ts'
import { createUpstream, type ForwardOptions } from './upstream.ts'
import { TooManyInFlight } from './upstream-unavailable.ts'

const IN_FLIGHT = 32
/** What one address may have in flight or waiting, and the slots that visits do not share. */
const [SHARE, KEPT] = [8, 8]

/** An upstream that responds when the test says so, and the paths that it has received. */
function openUpstream(now = () => 0) {
  const received: string[] = []
  const held = Promise.withResolvers<void>()
  const upstream = createUpstream({
    originUrl: 'http://origin.invalid',
    internalToken: 'unused',
    inFlight: IN_FLIGHT,
    slowMs: 300,
    now,
    onForwarded() {},
    openClient: () => ({
      async fetch(url) {
        received.push(url.pathname)
        await held.promise
        return new Response('ok')
      },
      close() {},
    }),
  })
  const options: ForwardOptions = {
    isVisit: false,
    isMeasured: false,
    isBatchable: false,
    honoursKey: true,
    isOperator: false,
    isUpload: false,
    language: null,
    room: null,
    pass: null,
    isShared: false,
  }
  const forward = (path: string, address: string, isVisit = false) => {
    const headers = new Headers()
    const client = {
      method: 'GET',
      path,
      search: '',
      address,
      headers,
      protocol: 'http',
      host: 'shop',
    } as unknown as ClientRequest
    return upstream.forward(client, null, Object.assign({}, options, { isVisit, isMeasured: isVisit }))
  }
  return { upstream, forward, received, release: held.resolve }
}
const settle = () => new Promise((resolve) => setTimeout(resolve))

test('A97: one address has a share of the requests in flight, and visits have slots that no one else takes', async () => {
  const { upstream, forward, received, release } = openUpstream()
  const one = Array.from({ length: SHARE + 5 }, () => forward('/me', '192.0.2.1').catch((error: Error) => error))
  const others = Array.from({ length: 40 }, (_, i) => forward('/me', `198.51.100.${i}`))
  await settle()
  expect(received).toHaveLength(IN_FLIGHT - KEPT)
  const visits = Array.from({ length: KEPT }, () => forward('/booking', '192.0.2.1', true))
  await settle()
  expect(received.filter((path) => path === '/booking')).toHaveLength(KEPT)
  release()
  const refused = (await Promise.all(one)).filter((reply) => reply instanceof TooManyInFlight)
  expect(refused).toHaveLength(5)
  for (const { status } of await Promise.all(visits.concat(others))) expect(status).toBe(200)
  upstream.close()
})

test('the share of an address is free again when its requests have ended', async () => {
  const { upstream, forward, release } = openUpstream()
  release()
  for (let i = 0; i < 3; i++) {
    const replies = await Promise.all(Array.from({ length: SHARE }, () => forward('/me', '192.0.2.1')))
    expect(replies.map(({ status }) => status)).toEqual(Array(SHARE).fill(200))
  }
  upstream.close()
})

test('the time that a visit waits for a slot does not count as the origin’s', async () => {
  let nowMs = 0
  const { upstream, forward, release } = openUpstream(() => nowMs)
  const visits = Array.from({ length: IN_FLIGHT + 1 }, () => forward('/booking', '192.0.2.1', true))
  await settle()
  nowMs = 299
  release()
  await Promise.all(visits)
  expect(upstream.responseCounts()).toEqual({ answered: IN_FLIGHT + 1, slow: 0 })
  upstream.close()
})
