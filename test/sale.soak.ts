import * as fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { playSale, steps } from './sale-model.ts'
import { openShop, type Shop } from './shop.ts'

const minutes = Number(process.env.SOAK_MINUTES ?? 10)
const RUNS = 50

let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 3_600_000 })))
afterAll(() => shop.close())

test(`random sales agree with the model for ${minutes} minutes`, async () => {
  const until = Date.now() + minutes * 60_000
  for (let played = 0; played === 0 || Date.now() < until; played += RUNS) {
    const seed = process.env.SOAK_SEED ? Number(process.env.SOAK_SEED) : Date.now() % 2 ** 31
    process.stdout.write(`${played} sales played; now seed ${seed}\n`)
    // On failure fast-check shrinks the plan and prints the seed.
    await fc.assert(fc.asyncProperty(steps, (plan) => playSale(shop, plan)), { numRuns: RUNS, seed })
  }
})
