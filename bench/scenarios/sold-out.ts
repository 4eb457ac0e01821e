/** What does "sold out" cost when all seats are gone and requests go on? Measured at the claim and at the booking. */
import { paths } from '../../edge/contract/paths.ts'
import type { Snapshot } from '../../edge/contract/rooms.ts'
import { signQueueTicket } from '../../edge/contract/tokens.ts'
import { addressOf, type LoadRequest } from '../load.ts'
import { inTurn, overRounds, redisCommands, type Run, type Scenario } from '../scenario.ts'
import { addPeople, addSale, bookingRequests, checkSale } from '../sales.ts'
import { BOOKED } from './booking.ts'

const SOLD_OUT = { status: 409, includes: '"sold_out"' }

export const soldOut: Scenario = {
  name: 'sold-out',
  question: 'What does "sold out" cost, when requests go on?',
  async run(bench) {
    const count = bench.isQuick ? 500 : 10_000
    const people = await addPeople(bench, count)
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin, { ROOM_MODE: 'fifo', ROOM_PER_MINUTE: '6000000', ROOM_CAPACITY: '1000000' })
    const sale = await addSale(bench, [1])
    const snapshotOf = async () => await (await fetch(edge.url + paths.room(sale.room))).json() as Snapshot
    const { epoch } = await snapshotOf()
    const [last, ...others] = await bookingRequests(bench, sale, people, epoch)
    await bench.warm(edge.url, { connections: 1, work: { kind: 'once', requests: [last!], expect: BOOKED } })
    for (let i = 0; i < 100 && (await snapshotOf()).phase !== 'sold_out'; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    if ((await snapshotOf()).phase !== 'sold_out') {
      bench.fault(`the room is ${(await snapshotOf()).phase} ten seconds after the last seat`)
    }

    const claims = people.map((_, index): LoadRequest => ({
      method: 'POST',
      path: paths.pass(sale.room),
      headers: {
        accept: 'application/json',
        'x-forwarded-for': addressOf(index),
        authorization: `Bearer ${signQueueTicket({ room: sale.room, epoch, index, visitor: `late-${index}` }, bench.tokenKeys)}`,
      },
    }))
    const contend = (name: string, url: string, requests: LoadRequest[]) => ({
      name,
      run: () => bench.load(name, url, { connections: 128, work: { kind: 'once' as const, requests, expect: SOLD_OUT } }),
    })
    for (const { url, requests } of [{ url: edge.url, requests: claims }, { url: origin.url, requests: others }]) {
      await bench.warm(url, { connections: 64, work: { kind: 'once', requests: requests.slice(0, 2_000), expect: SOLD_OUT } })
    }
    const runs = await inTurn({ rounds: Math.min(3, bench.rounds) }, [
      contend('claim at the edge', edge.url, claims),
      contend('booking at the origin', origin.url, others),
      contend('booking through the edge', edge.url, others),
    ])
    await checkSale(bench, sale.eventId, 1, 1)
    for (const [name, own] of Object.entries(runs)) {
      const over = (what: (run: Run) => number) => overRounds(own.map(what))
      bench.report({ what: `${name}: "sold out" per second`, unit: '/s', ...over(({ perSecond }) => perSecond) })
      bench.report({ what: `${name}: p99`, unit: 'ms', ...over(({ latency }) => latency.p99) })
      bench.report({ what: `${name}: Redis commands each`, unit: '', ...over(redisCommands) })
    }
  },
}
