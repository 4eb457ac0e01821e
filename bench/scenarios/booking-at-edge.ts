/** What does the edge add to a booking? Contenders: the edge, the runtime's bare proxy, and no proxy, all in front of the same origin. */
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { inTurn, overRounds, redisCommands, reportRatio, type Scenario } from '../scenario.ts'
import { addPeople, addSale, bookingRequests, checkSale } from '../sales.ts'
import { BOOKED } from './booking.ts'

/** The room admits everyone, so that only the gate and the forwarding are measured. */
const SETTINGS = { ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '6000000', ROOM_CAPACITY: '1000000' }

export const bookingAtEdge: Scenario = {
  name: 'booking-at-edge',
  question: 'What does the edge add to a booking?',
  async run(bench) {
    const bookings = bench.isQuick ? 500 : 20_000
    const people = await addPeople(bench, bookings)
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin, SETTINGS)
    const proxy = await bench.startBaseline('deno-proxy', 'deno', { ORIGIN_URL: origin.url })
    const book = (what: string, url: string, count: number, isMeasured = true) => async () => {
      const sale = await addSale(bench, [count])
      const { epoch } = await (await fetch(`${edge.url}/queue/${sale.room}`)).json() as Snapshot
      const requests = await bookingRequests(bench, sale, people.slice(0, count), epoch)
      const load = { connections: 256, work: { kind: 'once' as const, requests, expect: BOOKED } }
      const run = isMeasured ? await bench.load(what, url, load) : await bench.warm(url, load)
      await checkSale(bench, sale.eventId, count, count)
      return run
    }
    for (const { url } of [edge, proxy]) await book('warm-up', url, bookings / 5, false)()
    const measured = (name: string, url: string) => ({ name, run: async () => (await book(name, url, bookings)())! })
    const runs = await inTurn(bench, [
      measured('edge', edge.url),
      measured('deno-proxy', proxy.url),
      measured('origin', origin.url),
    ])
    const own = runs['edge']!
    reportRatio(
      bench,
      "booking through the edge to the runtime's bare proxy",
      [own, 'edge'],
      [runs['deno-proxy']!, 'deno-proxy'],
      {
        atLeast: 1,
      },
    )
    reportRatio(bench, 'booking through the edge to none', [own, 'edge'], [runs['origin']!, 'origin'], null)
    bench.report({
      what: 'bookings per second through the edge',
      unit: '/s',
      ...overRounds(own.map(({ perSecond }) => perSecond)),
    })
    bench.report({ what: 'Redis commands per booking through the edge', unit: '', ...overRounds(own.map(redisCommands)) })
  },
}
