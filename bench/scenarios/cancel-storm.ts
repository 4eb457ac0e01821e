/** How fast are cancellations when all holders cancel at once? Each returns its seat and is written back; the seats can be sold again. */
import { paths } from '../../edge/contract/paths.ts'
import { addressOf, type LoadRequest } from '../load.ts'
import { overRounds, redisCommands, type Run, type Scenario } from '../scenario.ts'
import { listReservations, readStoredSale } from '../../dev/sale-fixtures.ts'
import { accessOf, addPeople, addSale, bookingRequests, checkSale, untilWrittenBack } from '../sales.ts'
import { BOOKED } from './booking.ts'

export const cancelStorm: Scenario = {
  name: 'cancel-storm',
  question: 'How fast are cancellations when all holders cancel at once?',
  async run(bench) {
    const count = bench.isQuick ? 200 : 10_000
    const people = await addPeople(bench, count)
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin)
    const runs: Run[] = []
    const rowsMs: number[] = []
    for (let round = 0; round < bench.rounds; round++) {
      const sale = await addSale(bench, [count])
      const requests = await bookingRequests(bench, sale, people)
      await bench.warm(origin.url, { connections: 128, work: { kind: 'once', requests, expect: BOOKED } })
      await checkSale(bench, sale.eventId, count, count)
      const rows = await listReservations(bench.db, sale.eventId)
      const cancels = await Promise.all(rows.map(async ({ id, person }, i): Promise<LoadRequest> => ({
        method: 'DELETE',
        path: paths.api.reservation(id),
        headers: { authorization: `Bearer ${await accessOf(bench, person)}`, 'x-forwarded-for': addressOf(i) },
      })))
      const run = await bench.load(`${count} cancel through the edge`, edge.url, {
        connections: 256,
        work: { kind: 'once', requests: cancels, expect: { status: 200, includes: '"status":"cancelled"' } },
      })
      runs.push(run)
      rowsMs.push(Math.max(0, await untilWrittenBack(bench, sale.eventId) - run.startedAt - run.ms))
      const stored = await readStoredSale(bench, sale.eventId)
      if (stored.left !== count || stored.sold !== 0 || stored.seatsInRows !== 0) {
        bench.fault(`${count} were cancelled; left ${stored.left}, sold ${stored.sold}, in rows ${stored.seatsInRows}`)
      }
    }
    const over = (what: (run: Run) => number) => overRounds(runs.map(what))
    bench.report({ what: 'cancellations per second', unit: '/s', ...over(({ perSecond }) => perSecond) })
    bench.report({ what: 'cancellation p99, 256 connections', unit: 'ms', ...over(({ latency }) => latency.p99) })
    bench.report({ what: 'all written back after the last response', unit: 'ms', ...overRounds(rowsMs) })
    bench.report({ what: 'Redis commands per cancellation', unit: '', ...over(redisCommands) })
  },
}
