import { describe, expect, test } from 'vitest'
import { createSingleFlight } from './single-flight.ts'

/** Each run waits in `pass` until the test calls `open`, which releases one run, in order. */
function createGate() {
  const waiting: (() => void)[] = []
  return {
    pass: () => new Promise<void>((resolve) => waiting.push(resolve)),
    async open() {
      while (waiting.length === 0) await Promise.resolve()
      waiting.shift()!()
    },
  }
}

/** Waits until a started run has begun its work. */
async function untilStarted(): Promise<void> {
  await Promise.resolve()
  await Promise.resolve()
}

describe('createSingleFlight()', () => {
  test('callers before the cut-off share one run and its promise', async () => {
    const gate = createGate()
    const log: string[] = []
    let runs = 0
    const read = createSingleFlight(async (_: string, cutOff) => {
      runs++
      await gate.pass()
      cutOff()
      return [...log]
    })
    log.push('a')
    const first = read('event')
    log.push('b')
    const second = read('event')
    expect(second).toBe(first)
    await gate.open()
    expect(await first).toEqual(['a', 'b'])
    expect(runs).toBe(1)
  })

  /** Whether a caller that writes and then calls during a run gets a result with that write. */
  async function seesLateWrite(cutsOffBeforeReading: boolean): Promise<boolean> {
    const gate = createGate()
    const log: string[] = []
    const read = createSingleFlight(async (_: string, cutOff) => {
      if (cutsOffBeforeReading) cutOff()
      const seen = [...log]
      await gate.pass()
      return seen
    })
    const early = read('event')
    await untilStarted()
    log.push('late')
    const late = read('event')
    await gate.open()
    await early
    if (late !== early) await gate.open()
    return (await late).includes('late')
  }

  test('callers after the cut-off share the next run', async () => expect(await seesLateWrite(true)).toBe(true))

  test('without a cut-off a late caller shares a run that misses its write (negative control)', async () =>
    expect(await seesLateWrite(false)).toBe(false))

  test('runs of one key never overlap, even after a failure; other keys do not wait', async () => {
    const gate = createGate()
    let active = 0
    let ran = 0
    const work = createSingleFlight(async (key: string, cutOff) => {
      cutOff()
      if (key === 'other') return 'done'
      expect(++active).toBe(1)
      await gate.pass()
      active--
      if (++ran === 1) throw new Error('the first fails')
      return 'done'
    })
    const first = work('event').catch((error: Error) => error.message)
    await untilStarted()
    const second = work('event')
    expect(work('event')).toBe(second)
    expect(await work('other')).toBe('done')
    await gate.open()
    expect(await first).toBe('the first fails')
    await gate.open()
    expect(await second).toBe('done')
  })
})
