/** How fast are cancellations, when everybody wants out at once? Each gives the seat back and is written; the seats can be sold again. */
import { eq } from 'drizzle-orm'
import { reservations } from '../../db/schema.ts'
import { paths } from '../../edge/contract/paths.ts'
import { addressOf, type Ask } from '../load.ts'
import { overRounds, redisCommands, type Run, type Scenario } from '../scenario.ts'
import { accessOf, addPeople, addSale, bookingAsks, checkSale, readBooks, untilWritten } from '../shop.ts'
import { BOOKED } from './booking.ts'

export const cancelStorm: Scenario = {
  name: 'cancel-storm',
  question: 'How fast are cancellations, when everybody wants out at once?',
  async run(bench) {
    const count = bench.isQuick ? 200 : 10_000
    const people = await addPeople(bench, count)
    const origin = await bench.startOrigin()
    const edge = await bench.startEdge(origin)
    const runs: Run[] = []
    const rowsMs: number[] = []
    for (let round = 0; round < bench.rounds; round++) {
      const sale = await addSale(bench, [count])
      const asks = await bookingAsks(bench, sale, people)
      await bench.warm(origin.url, { connections: 128, work: { kind: 'once', asks, expect: BOOKED } })
      await checkSale(bench, sale.eventId, count, count)
      const rows = await bench.db.select({ id: reservations.id, person: reservations.userId }).from(reservations)
        .where(eq(reservations.eventId, sale.eventId))
      const cancels = await Promise.all(rows.map(async ({ id, person }, i): Promise<Ask> => ({
        method: 'DELETE',
        path: paths.api.reservation(id),
        headers: { authorization: `Bearer ${await accessOf(bench, person)}`, 'x-forwarded-for': addressOf(i) },
      })))
      const run = await bench.load(`${count} cancel through the edge`, edge.url, {
        connections: 256,
        work: { kind: 'once', asks: cancels, expect: { status: 200, includes: '"status":"cancelled"' } },
      })
      runs.push(run)
      rowsMs.push(Math.max(0, await untilWritten(bench, sale.eventId) - run.startedAt - run.ms))
      const books = await readBooks(bench, sale.eventId)
      if (books.left !== count || books.sold !== 0 || books.soldInRows !== 0) {
        bench.fault(`${count} were cancelled; left ${books.left}, sold ${books.sold}, in rows ${books.soldInRows}`)
      }
    }
    const over = (what: (run: Run) => number) => overRounds(runs.map(what))
    bench.tell({ what: 'cancellations per second', unit: '/s', ...over(({ perSecond }) => perSecond) })
    bench.tell({ what: 'cancellation p99, 256 connections', unit: 'ms', ...over(({ latency }) => latency.p99) })
    bench.tell({ what: 'all written after the last answer', unit: 'ms', ...overRounds(rowsMs) })
    bench.tell({ what: 'Redis commands per cancellation', unit: '', ...over(redisCommands) })
  },
}
