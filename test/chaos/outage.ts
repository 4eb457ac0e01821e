import { setTimeout as sleep } from 'node:timers/promises'
import { addEventOnSale, listReservations } from '../../dev/sale-fixtures.ts'
import type { Buyers } from './buyers.ts'
import { untilWrittenBack } from './reconcile.ts'
import type { Stack } from './stack.ts'

const WORKERS = 20
/** The write-back must have caught up this soon after MySQL is back. */
const CATCH_UP_SECONDS = 10

/** Stops MySQL for `seconds` while bookings continue. Returns whether no booking was rejected and all reached MySQL soon after. */
export async function playOutage(
  stack: Stack,
  buyers: Buyers,
  people: number[],
  limit: number,
  seconds: number,
  print: (line: string) => void,
): Promise<boolean> {
  const mysql = stack.parts.find(({ name }) => name === 'mysql')!
  const { eventId, ticketTypeIds: [ticketTypeId = 0] } = await addEventOnSale(stack.db, [1_000_000], limit, new Date())
  const first = await buyers.book({ eventId, person: people[0]!, key: 'outage-first', ticketTypeId, quantity: 1 })
  print(`\nMySQL is stopped for ${seconds} s under load (first response ${first.status})`)
  process.kill(mysql.running.pid, 'SIGSTOP')
  const untilMs = Date.now() + seconds * 1000
  let booked = 1
  let refused = 0
  await Promise.all(Array.from({ length: WORKERS }, async (_, worker) => {
    for (let i = 0; Date.now() < untilMs; i++) {
      const person = people[(worker * 31 + i) % people.length]!
      const reply = await buyers.bookOnce({ eventId, person, key: `outage-${worker}-${i}`, ticketTypeId, quantity: 1 })
      if (reply?.status === 201) booked++
      else if (reply?.code !== 'limit_exceeded') refused++
      await sleep(20)
    }
  }))
  const backAtMs = Date.now()
  process.kill(mysql.running.pid, 'SIGCONT')
  await untilWrittenBack(stack, eventId)
  const catchUpSeconds = (Date.now() - backAtMs) / 1000
  const rows = await listReservations(stack.db, eventId)
  print(`booked ${booked}, refused ${refused}, rows ${rows.length}, written back ${catchUpSeconds.toFixed(1)} s after its return`)
  return refused === 0 && rows.length === booked && catchUpSeconds < CATCH_UP_SECONDS
}
