import { describe, expect, test } from 'vitest'
import { createSingleFlight } from './single-flight.ts'

/** A log that rounds copy: what each round sees is what was there when it looked. */
function openLog() {
  const logged: string[] = []
  const gates: (() => void)[] = []
  return {
    logged,
    /** Lets the oldest round that waits look on. */
    async open() {
      while (gates.length === 0) await Promise.resolve()
      gates.shift()!()
    },
    gate: () => new Promise<void>((resolve) => gates.push(resolve)),
  }
}

describe('createSingleFlight()', () => {
  test('who comes before a round has begun shares it, and its promise', async () => {
    const log = openLog()
    let rounds = 0
    const round = createSingleFlight(async (_: string, begin) => {
      rounds++
      await log.gate()
      begin()
      return [...log.logged]
    })
    log.logged.push('a')
    const first = round('event')
    log.logged.push('b')
    const second = round('event')
    expect(second).toBe(first)
    await log.open()
    expect(await first).toEqual(['a', 'b'])
    expect(rounds).toBe(1)
  })

  /** Whether somebody who logs and asks while a round is under way is told by a round that has seen it. */
  async function isSeen(beginsBeforeItLooks: boolean): Promise<boolean> {
    const log = openLog()
    const round = createSingleFlight(async (_: string, begin) => {
      if (beginsBeforeItLooks) begin()
      const seen = [...log.logged]
      await log.gate()
      return seen
    })
    const early = round('event')
    await Promise.resolve()
    await Promise.resolve()
    log.logged.push('late')
    const late = round('event')
    await log.open()
    await early
    if (late !== early) await log.open()
    return (await late).includes('late')
  }
  test('who comes after it has begun gets the next one', async () => expect(await isSeen(true)).toBe(true))
  test('a round that begins after it has looked would miss them (negative control)', async () =>
    expect(await isSeen(false)).toBe(false))

  test('rounds of one key follow each other, also after one that failed; those of another key do not wait', async () => {
    const log = openLog()
    let under = 0
    let ran = 0
    const round = createSingleFlight(async (key: string, begin) => {
      begin()
      if (key === 'other') return 'done'
      expect(++under).toBe(1)
      await log.gate()
      under--
      if (++ran === 1) throw new Error('the first fails')
      return 'done'
    })
    const first = round('event').catch((error: Error) => error.message)
    await Promise.resolve()
    await Promise.resolve()
    const second = round('event')
    expect(round('event')).toBe(second)
    expect(await round('other')).toBe('done')
    await log.open()
    expect(await first).toBe('the first fails')
    await log.open()
    expect(await second).toBe('done')
  })
})
