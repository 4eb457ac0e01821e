/**
 * How fast does the booking log reach MySQL? The booking script makes a million bookings while the write-back is paused; then the write-back
 * catches up. Baseline, before and after: bulk inserts of the same rows, 2,000 a statement and 10,000 a transaction.
 */
import { createPool } from 'mysql2/promise'
import { randomUUIDv7 } from 'bun'
import { bookDirectly, readWatermarkSeq } from '../../dev/sale-fixtures.ts'
import { median } from '../latency.ts'
import type { Bench, Scenario } from '../scenario.ts'
import { accessOf, addPeople, addSale, bookingRequests, checkSale, type EventOnSale } from '../sales.ts'
import type { Server } from '../stage.ts'
import { BOOKED } from './booking.ts'

export const PAUSED = { WRITE_BACK_MS: '3600000', INVENTORY_WATCH_MS: '3600000', BACKLOG_LIMIT: '100000000' }

export const writeBack: Scenario = {
  name: 'write-back',
  question: 'How fast does the booking log reach MySQL?',
  async run(bench) {
    const [entries, rows] = bench.isQuick ? [5_000, 5_000] : [1_000_000, 200_000]
    const people = await addPeople(bench, Math.min(entries, 50_000))
    const origin = await bench.startOrigin(PAUSED)
    const bulk = [await bulkInsert(bench, people, rows)]
    const { sale, perSecond } = await fillLog(bench, origin, people, entries)
    bench.print(`  ${entries} bookings made by the script: ${Math.round(perSecond)}/s`)
    const written = await writeBackAll(bench, origin, sale, people[0]!, entries)
    await checkSale(bench, sale.eventId, entries, entries)
    bulk.push(await bulkInsert(bench, people, rows))
    bench.print(`  written back: ${Math.round(written)}/s; bare: ${bulk.map(Math.round).join(', ')}/s`)
    bench.report({
      what: 'write-back to bare bulk inserts',
      value: written / median(bulk),
      unit: '×',
      target: { atLeast: 0.5 },
      note: `${Math.round(written)} rows/s to ${bulk.map(Math.round).join(' before and ')} after`,
    })
    bench.report({ what: `rows per second, ${entries} entries`, value: written, unit: '/s' })
    bench.report({ what: 'bookings per second by the script alone', value: perSecond, unit: '/s' })
  },
}

/** Makes `entries` bookings by the script, without HTTP, while the origin's write-back is paused. */
export async function fillLog(bench: Bench, origin: Server, people: number[], entries: number) {
  const sale = await addSale(bench, [entries], 100)
  const [first] = await bookingRequests(bench, sale, people.slice(0, 1))
  // The first booking loads the sale into Redis.
  await bench.warm(origin.url, { connections: 1, work: { kind: 'once', requests: [first!], expect: BOOKED } })
  const booking = { eventId: sale.eventId, ticketTypeId: sale.ticketTypeIds[0]! }
  const startedAt = performance.now()
  for (let made = 1; made < entries; made += 500) {
    const bookings = Array.from({ length: Math.min(500, entries - made) }, (_, i) => ({
      person: people[(made + i) % people.length]!,
      reservation: randomUUIDv7(),
      key: `fill-${made + i}`,
    }))
    await bookDirectly(bench.redis, booking, bookings)
  }
  return { sale, perSecond: entries / (performance.now() - startedAt) * 1000 }
}

/** Triggers the write-back until the log is written; returns entries per second. */
export async function writeBackAll(
  bench: Bench,
  origin: Server,
  sale: EventOnSale,
  person: number,
  entries: number,
): Promise<number> {
  const headers = { authorization: `Bearer ${await accessOf(bench, person)}` }
  const writtenBack = () => readWatermarkSeq(bench.db, sale.eventId)
  const startedAt = performance.now()
  let over = false
  // `GET /api/me/reservations` waits for a flush, which starts at once.
  const flushing = (async () => {
    while (!over) await fetch(`${origin.url}/api/me/reservations`, { headers }).then((response) => response.body?.cancel())
  })()
  let seq = await writtenBack()
  for (const deadline = Date.now() + 180_000; seq < entries && Date.now() < deadline; seq = await writtenBack()) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const ms = performance.now() - startedAt
  over = true
  await flushing
  return entries / ms * 1000
}

async function bulkInsert(bench: Bench, people: number[], rows: number): Promise<number> {
  const { eventId, ticketTypeIds } = await addSale(bench, [rows])
  const pool = createPool({ uri: bench.mysqlUrl, connectionLimit: 1, timezone: 'Z' })
  const statement =
    'insert into reservations (id, event_id, ticket_type_id, user_id, quantity, booked, unit_price, idempotency_key, created_at) values ?'
  const made = Array.from({ length: rows }, (_, i) => [
    Buffer.from(randomUUIDv7().replaceAll('-', ''), 'hex'),
    eventId,
    ticketTypeIds[0],
    people[i % people.length],
    1,
    1,
    10_000,
    `bare-${i}`,
    new Date(),
  ])
  const startedAt = performance.now()
  const connection = await pool.getConnection()
  for (let start = 0; start < rows; start += 10_000) {
    await connection.beginTransaction()
    for (let at = start; at < Math.min(rows, start + 10_000); at += 2_000) {
      await connection.query(statement, [made.slice(at, Math.min(rows, at + 2_000))])
    }
    await connection.commit()
  }
  const seconds = (performance.now() - startedAt) / 1000
  connection.release()
  await pool.end()
  return rows / seconds
}
