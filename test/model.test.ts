import { eq } from 'drizzle-orm'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readScript } from '../db/redis/client.ts'
import { defineSeatScripts } from '../db/redis/sale/seats.ts'
import { ledgers } from '../db/schema.ts'
import { writeEntries } from '../origin/booking-log-writer.ts'
import { playSale, steps } from './sale-model.ts'
import { openShop, type Shop } from './shop.ts'

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

test('100 sales of 100 random steps each come to what the model says', async () => {
  await fc.assert(fc.asyncProperty(steps, (plan) => playSale(shop, plan)), { numRuns: 100, endOnFailure: true })
}, 300_000)

const LOST = "redis.call('HGET', held_key, '#') == epoch and redis.call('HGET', idempotency_key, '#') == epoch"
/** One guard of a script taken out at a time: the model must notice. */
const GUARDS: [guard: string, script: 'reserve' | 'cancel', from: string, to: string][] = [
  ['the idempotency key', 'reserve', 'if first_reply then', 'if false then'],
  ['the opening', 'reserve', 'if now < opens then', 'if false then'],
  ['the close', 'reserve', 'if now >= closes then', 'if false then'],
  ['the limit per person', 'reserve', 'if holds + quantity > limit then', 'if false then'],
  ['the seats left', 'reserve', 'if left < quantity then', 'if false then'],
  ['the pass', 'reserve', 'if spent_by then', 'if false then'],
  ['the mark of a lost key', 'reserve', LOST, 'true'],
  ['the run of the server', 'reserve', 'and sale[5] == run', ''],
  ['the cancelled mark', 'cancel', 'if cancelled[2] then', 'if false then'],
  ['the count of what is kept', 'cancel', 'if keep >= quantity then', 'if false then'],
]

describe('negative controls', () => {
  test.each(GUARDS)('without %s a sale comes to something else', async (_, script, from, to) => {
    const whole = readScript(`sale/${script}`)
    expect(whole).toContain(from)
    const lua = whole.replace(from, to)
    if (script === 'reserve') shop.redis.defineCommand('reserveSeats', { lua })
    else shop.redis.defineCommand('cancelSeats', { numberOfKeys: 4, lua })
    try {
      const found = await fc.check(fc.asyncProperty(steps, (plan) => playSale(shop, plan)), {
        numRuns: 1_000,
        endOnFailure: true,
      })
      expect(found.failed).toBe(true)
    } finally {
      defineSeatScripts(shop.redis)
    }
  }, 300_000)

  test('with a watermark that moves outside the transaction of its rows a sale comes to something else', async () => {
    // A drain that dies between the two: its rows are there, and the next one meets their entries again.
    const dies = async (eventId: number) => {
      const [ledger] = await shop.db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
      await shop.db.transaction(async (tx) => void await writeEntries({ ...shop, tx }, eventId, ledger!, 1))
    }
    const found = await fc.check(fc.asyncProperty(steps, (plan) => playSale(shop, plan, dies)), {
      numRuns: 1_000,
      endOnFailure: true,
    })
    expect(found.failed).toBe(true)
  }, 300_000)
})
