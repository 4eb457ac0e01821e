import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { commitmentTo, deriveSeed, prepareDraw } from './draw.ts'

const SEED = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
const seedNumber = (n: number) => createHash('sha256').update(`draw.test ${n}`).digest('hex')
const positionsOf = async (seed: string, drawn: number) => {
  const { positionOf } = await prepareDraw(seed, drawn)
  return Array.from({ length: drawn }, (_, index) => positionOf(index))
}

describe('prepareDraw()', () => {
  test.each([0, 1, 2, 3, 4, 5, 10, 16, 17, 1000, 4096, 4097, 50_000])(
    'gives each of %i tickets its own position',
    async (drawn) => {
      for (const seed of [SEED, seedNumber(1), seedNumber(2)]) {
        const positions = await positionsOf(seed, drawn)
        expect(positions.sort((a, b) => a - b).every((position, i) => position === i)).toBe(true)
      }
    },
  )

  // Expected values: computed in Python from the output of `openssl enc -aes-256-ctr`.
  test('agrees with another implementation', async () => {
    expect(await positionsOf(SEED, 3)).toEqual([0, 2, 1])
    expect(await positionsOf(SEED, 10)).toEqual([4, 0, 6, 8, 2, 3, 1, 9, 7, 5])
    const of4097 = createHash('sha256').update((await positionsOf(SEED, 4097)).join()).digest('hex')
    expect(of4097).toBe('cd0a550a2c0acbe49bda2917b638442bc6798becad6455346dc8e09a7088b11c')
    const some = await prepareDraw(SEED, 50_000)
    expect([0, 1, 2, 25_000, 49_998, 49_999].map(some.positionOf)).toEqual([6775, 6992, 31988, 27037, 31439, 1336])
    const most = await prepareDraw(SEED, 2 ** 28)
    expect([0, 1, 2, 2 ** 27, 2 ** 28 - 2, 2 ** 28 - 1].map(most.positionOf)).toEqual(
      [208483054, 76058008, 160717280, 76108606, 249145660, 202159501],
    )
    expect(await commitmentTo(SEED, 'event-1', 3)).toBe('5accac389347f1259886bb61667a71a970f3cdc17b4ba8a896531c2b6a5a0de3')
    expect(await deriveSeed(new TextEncoder().encode('0123456789abcdef0123456789abcdef'), 'event-1', 3))
      .toBe('cb2ca1cf9fdb45f5d4a867014522f15887ad2b422c2cb31f0ac1fe66218b36d8')
  })

  test('keeps tickets issued after the draw behind the drawn ones, in order of arrival', async () => {
    const { positionOf } = await prepareDraw(SEED, 10)
    expect([10, 11, 5_000].map(positionOf)).toEqual([10, 11, 5_000])
  })

  test('rejects a malformed seed, an impossible number of tickets, and an invalid index', async () => {
    for (const seed of ['', SEED.slice(1), `${SEED}0`, SEED.toUpperCase(), `${SEED}\n`, SEED.replace('0', 'g')]) {
      await expect(prepareDraw(seed, 10)).rejects.toThrow(RangeError)
    }
    for (const drawn of [-1, 1.5, NaN, 2 ** 28 + 1]) await expect(prepareDraw(SEED, drawn)).rejects.toThrow(RangeError)
    const { positionOf } = await prepareDraw(SEED, 10)
    for (const index of [-1, 0.5, NaN]) expect(() => positionOf(index)).toThrow(RangeError)
  })
})

describe('commitmentTo()', () => {
  test('matches no other seed, room or epoch', async () => {
    const others: Parameters<typeof commitmentTo>[] = [
      ...Array.from({ length: 64 }, (_, i): [string, string, number] => {
        const digit = (parseInt(SEED[i]!, 16) ^ 1).toString(16)
        return [SEED.slice(0, i) + digit + SEED.slice(i + 1), 'event-1', 3]
      }),
      [SEED, 'event-2', 3],
      [SEED, 'event-1', 4],
      [SEED, 'event-1:3', 3],
      [SEED, 'event', 13],
    ]
    const commitments = await Promise.all(others.map((other) => commitmentTo(...other)))
    expect(new Set([...commitments, await commitmentTo(SEED, 'event-1', 3)]).size).toBe(others.length + 1)
  })

  test('deriveSeed() depends on secret, room and epoch', async () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    const seeds = await Promise.all([
      deriveSeed(a, 'event-1', 3),
      deriveSeed(b, 'event-1', 3),
      deriveSeed(a, 'event-2', 3),
      deriveSeed(a, 'event-1', 4),
    ])
    expect(new Set(seeds).size).toBe(4)
  })

  test('does not stop an operator who knows the seed from adding tickets until one of them is first', async () => {
    const honest = 1_000
    const published = await commitmentTo(SEED, 'event-1', 3)
    // The operator adds ten tickets at a time until one of them would get position 0.
    let [drawn, first] = [honest, -1]
    while (first < honest && drawn < 10 * honest) {
      drawn += 10
      first = (await positionsOf(SEED, drawn)).indexOf(0)
    }
    expect(first).toBeGreaterThanOrEqual(honest)
    expect((await prepareDraw(SEED, drawn)).positionOf(first)).toBe(0)
    expect(await commitmentTo(SEED, 'event-1', 3)).toBe(published)
  })
})

describe('over 1,000 draws of 1,000 tickets', async () => {
  const DRAWN = 1_000
  const seeds = Array.from({ length: 1_000 }, (_, n) => seedNumber(n))
  const draws: Positions[] = await Promise.all(seeds.map((seed) => positionsOf(seed, DRAWN)))
  const identity: Positions[] = seeds.map(() => Array.from({ length: DRAWN }, (_, index) => index))
  const rotation: Positions[] = seeds.map((seed) =>
    Array.from({ length: DRAWN }, (_, index) => (index + parseInt(seed.slice(0, 12), 16)) % DRAWN)
  )
  const STRATEGIES = { start: 0, middle: 495, end: DRAWN - 10 }

  test.each([0, 1, 499, 500, 998, 999])('ticket %i gets every position equally often', (index) => {
    expect(unevenness(draws, index)).toBeLessThan(CRITICAL)
    expect(unevenness(identity, index)).toBeGreaterThan(CRITICAL)
  })

  test('arrival order does not matter: its mean rank correlation with the position is within 4 standard errors of 0', () => {
    expect(Math.abs(correlation(draws))).toBeLessThan(4)
    expect(Math.abs(correlation(identity))).toBeGreaterThan(4)
    expect(Math.abs(correlation(rotation))).toBeGreaterThan(4)
  })

  test('neighbours by arrival are neighbours by position no more often than by chance', () => {
    expect(Math.abs(neighbours(draws))).toBeLessThan(4)
    expect(Math.abs(neighbours(identity))).toBeGreaterThan(4)
    expect(Math.abs(neighbours(rotation))).toBeGreaterThan(4)
  })

  test.each(Object.entries(STRATEGIES))(
    '10 tickets in a block at the %s get no better positions than by chance',
    (_, from) => {
      const block = Array.from({ length: 10 }, (_, i) => from + i)
      expect(luck(draws, block)).toBeLessThan(CRITICAL)
      expect(luck(identity, block)).toBeGreaterThan(CRITICAL)
      expect(luck(rotation, block)).toBeGreaterThan(CRITICAL)
    },
  )

  test('a false number of tickets changes nearly every position', async () => {
    const [honest, inflated] = await Promise.all([positionsOf(SEED, 1_000), positionsOf(SEED, 1_001)])
    expect(honest.filter((position, index) => inflated[index] === position).length).toBeLessThan(20)
  })

  test('10 tickets spread over the queue get no better positions than by chance', () => {
    const spread = Array.from({ length: 10 }, (_, i) => 50 + 100 * i)
    expect(luck(draws, spread)).toBeLessThan(CRITICAL)
    expect(luck(identity, spread)).toBeGreaterThan(CRITICAL)
    expect(luck(rotation, spread)).toBeGreaterThan(CRITICAL)
  })

  test('a rotation passes the check of single tickets, so the other checks are needed', () => {
    expect(unevenness(rotation, 0)).toBeLessThan(CRITICAL)
  })
})

/** The positions of one draw, by index. */
type Positions = number[]

const BINS = 20
/** The value that chi-square with 19 degrees of freedom exceeds with probability 1e-4. */
const CRITICAL = 50.795

function chiSquare(values: number[], edges: number[], probabilities: number[]): number {
  const observed = probabilities.map(() => 0)
  for (const value of values) observed[edges.findIndex((edge) => value < edge)]!++
  return probabilities.reduce((sum, probability, bin) => {
    const expected = probability * values.length
    return sum + (observed[bin]! - expected) ** 2 / expected
  }, 0)
}

/** Chi-square of the position of one ticket. */
function unevenness(draws: Positions[], index: number): number {
  const edges = Array.from({ length: BINS }, (_, bin) => (bin + 1) * draws[0]!.length / BINS)
  return chiSquare(draws.map((positions) => positions[index]!), edges, edges.map(() => 1 / BINS))
}

/** The mean of Spearman's rho of arrival and position, in standard errors. The variance of rho over all permutations is 1 / (n − 1). */
function correlation(draws: Positions[]): number {
  const n = draws[0]!.length
  const rho = draws.map((positions) =>
    1 - 6 * positions.reduce((sum, position, index) => sum + (position - index) ** 2, 0) / (n ** 3 - n)
  )
  return rho.reduce((sum, each) => sum + each, 0) / Math.sqrt(draws.length / (n - 1))
}

/**
 * How many neighbours by arrival are neighbours by position, as standard deviations from the mean. A random draw has 2 (n − 1) / n on average,
 * Poisson distributed in the limit (Wolfowitz 1944), so that the variance equals the mean.
 */
function neighbours(draws: Positions[]): number {
  const n = draws[0]!.length
  const met =
    draws.flatMap((positions) => positions.slice(1).filter((position, i) => Math.abs(position - positions[i]!) === 1)).length
  const expected = draws.length * 2 * (n - 1) / n
  return (met - expected) / Math.sqrt(expected)
}

/** Chi-square of the best position of some tickets, against the minimum of as many positions sampled without replacement. */
function luck(draws: Positions[], indexes: number[]): number {
  const n = draws[0]!.length
  const allFrom = (position: number) => indexes.reduce((chance, _, i) => chance * Math.max(0, n - position - i) / (n - i), 1)
  const edges = Array.from({ length: BINS }, (_, bin) => {
    let edge = 0
    while (edge < n && 1 - allFrom(edge) < (bin + 1) / BINS - 1e-9) edge++
    return edge
  })
  const probabilities = edges.map((edge, bin) => allFrom(edges[bin - 1] ?? 0) - allFrom(edge))
  return chiSquare(draws.map((positions) => Math.min(...indexes.map((index) => positions[index]!))), edges, probabilities)
}
