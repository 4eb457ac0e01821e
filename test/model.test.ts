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

test('100 sales of 100 random steps each match the model', async () => {
  await fc.assert(fc.asyncProperty(steps, (plan) => playSale(shop, plan)), { numRuns: 100, endOnFailure: true })
}, 900_000)

const LOST = "redis.call('HGET', held_key, '#') == epoch and redis.call('HGET', idempotency_key, '#') == epoch"
/** Each control removes one guard of a script; the model must detect it. */
const GUARDS: [guard: string, script: 'reserve' | 'cancel', from: string, to: string][] = [
  ['the idempotency key', 'reserve', 'if first_reply then', 'if false then'],
  ['the check of the opening', 'reserve', 'if now < opens then', 'if false then'],
  ['the check of the close', 'reserve', 'if now >= closes then', 'if false then'],
  ['the limit per person', 'reserve', 'if holds + quantity > limit then', 'if false then'],
  ['the check of the seats left', 'reserve', 'if left < quantity then', 'if false then'],
  ['the check of the pass', 'reserve', 'if spent_by then', 'if false then'],
  ['the detection of lost keys', 'reserve', LOST, 'true'],
  ['the check of the server run', 'reserve', 'and sale[5] == run', ''],
  ['the mark of a cancellation', 'cancel', 'if cancelled[2] then', 'if false then'],
  ['the check of the quantity to keep', 'cancel', 'if keep >= quantity then', 'if false then'],
]

describe('negative controls', () => {
  test.each(GUARDS)('without %s a sale deviates from the model', async (_, script, from, to) => {
    const source = readScript(`sale/${script}`)
    expect(source).toContain(from)
    const lua = source.replace(from, to)
    if (script === 'reserve') shop.redis.defineCommand('reserveSeats', { lua })
    else shop.redis.defineCommand('cancelSeats', { numberOfKeys: 4, lua })
    try {
      const result = await fc.check(fc.asyncProperty(steps, (plan) => playSale(shop, plan)), {
        numRuns: 1_000,
        endOnFailure: true,
      })
      expect(result.failed).toBe(true)
    } finally {
      defineSeatScripts(shop.redis)
    }
  }, 900_000)

  test('a sale deviates from the model if the watermark moves outside the transaction of its rows', async () => {
    // A write-back that dies between the two leaves its rows, and the next one reads their entries again.
    const crashWriteBack = async (eventId: number) => {
      const [ledger] = await shop.db.select().from(ledgers).where(eq(ledgers.eventId, eventId))
      await shop.db.transaction(async (tx) => void await writeEntries({ ...shop, tx }, eventId, ledger!, 1))
    }
    const result = await fc.check(fc.asyncProperty(steps, (plan) => playSale(shop, plan, crashWriteBack)), {
      numRuns: 1_000,
      endOnFailure: true,
    })
    expect(result.failed).toBe(true)
  }, 900_000)
})
