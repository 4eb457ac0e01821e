import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { commitmentTo, deriveSeed, prepareDraw } from './draw.ts'

const SEED = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
const seedNumber = (n: number) => createHash('sha256').update(`draw.test ${n}`).digest('hex')
const placesOf = async (seed: string, drawn: number) => {
  const { positionOf: placeOf } = await prepareDraw(seed, drawn)
  return Array.from({ length: drawn }, (_, index) => placeOf(index))
}

describe('prepareDraw()', () => {
  test.each([0, 1, 2, 3, 4, 5, 10, 16, 17, 1000, 4096, 4097, 50_000])(
    'gives each of %i tickets a place of its own',
    async (drawn) => {
      for (const seed of [SEED, seedNumber(1), seedNumber(2)]) {
        const places = await placesOf(seed, drawn)
        expect(places.sort((a, b) => a - b).every((place, i) => place === i)).toBe(true)
      }
    },
  )

  // Computed by another program: Python's integers over the output of `openssl enc -aes-256-ctr`.
  test('agrees with another implementation', async () => {
    expect(await placesOf(SEED, 3)).toEqual([0, 2, 1])
    expect(await placesOf(SEED, 10)).toEqual([4, 0, 6, 8, 2, 3, 1, 9, 7, 5])
    const of4097 = createHash('sha256').update((await placesOf(SEED, 4097)).join()).digest('hex')
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

  test('gives the same places when it is made from its own source, as in the waiting page', async () => {
    const remade: typeof prepareDraw = new Function(`return (${prepareDraw})`)()
    const recommitted: typeof commitmentTo = new Function(`return (${commitmentTo})`)()
    const { positionOf: placeOf } = await remade(SEED, 5_000)
    expect(Array.from({ length: 5_000 }, (_, index) => placeOf(index))).toEqual(await placesOf(SEED, 5_000))
    expect(await recommitted(SEED, 'event-1', 3)).toBe(await commitmentTo(SEED, 'event-1', 3))
    // It would end or comment out the script element that it is put into.
    expect(`${prepareDraw}${commitmentTo}`).not.toMatch(/<\/script|<!--/i)
  })

  test('leaves those who came after the draw behind it in order of arrival', async () => {
    const { positionOf: placeOf } = await prepareDraw(SEED, 10)
    expect([10, 11, 5_000].map(placeOf)).toEqual([10, 11, 5_000])
  })

  test('refuses a malformed seed, a number of tickets it cannot draw, and what is no index', async () => {
    for (const seed of ['', SEED.slice(1), `${SEED}0`, SEED.toUpperCase(), `${SEED}\n`, SEED.replace('0', 'g')]) {
      await expect(prepareDraw(seed, 10)).rejects.toThrow(RangeError)
    }
    for (const drawn of [-1, 1.5, NaN, 2 ** 28 + 1]) await expect(prepareDraw(SEED, drawn)).rejects.toThrow(RangeError)
    const { positionOf: placeOf } = await prepareDraw(SEED, 10)
    for (const index of [-1, 0.5, NaN]) expect(() => placeOf(index)).toThrow(RangeError)
  })
})

describe('commitmentTo()', () => {
  test('can be opened with no other seed, room or epoch', async () => {
    const others: Parameters<typeof commitmentTo>[] = [
      ...Array.from({ length: 64 }, (_, i): [string, string, number] => {
        const digit = (parseInt(SEED[i]!, 16) ^ 1).toString(16)
        return [SEED.slice(0, i) + digit + SEED.slice(i + 1), 'event-1', 3]
      }),
      ...[[SEED, 'event-2', 3], [SEED, 'event-1', 4], [SEED, 'event-1:3', 3], [SEED, 'event', 13]] as [string, string, number][],
    ]
    const commitments = await Promise.all(others.map((other) => commitmentTo(...other)))
    expect(new Set([...commitments, await commitmentTo(SEED, 'event-1', 3)]).size).toBe(others.length + 1)
  })

  test('deriveSeed() gives another seed for another secret, room or epoch', async () => {
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    const seeds = await Promise.all([
      ...[deriveSeed(a, 'event-1', 3), deriveSeed(b, 'event-1', 3), deriveSeed(a, 'event-2', 3), deriveSeed(a, 'event-1', 4)],
    ])
    expect(new Set(seeds).size).toBe(4)
  })

  test('whoever knows the seed before the opening can foresee the places: the commitment proves only that it was not changed', async () => {
    const honest = 1_000
    const published = await commitmentTo(SEED, 'event-1', 3)
    // He adds tickets of his own until one of them would be the first of all, and then no more.
    let [drawn, first] = [honest, -1]
    while (first < honest && drawn < 10 * honest) {
      drawn += 10
      first = (await placesOf(SEED, drawn)).indexOf(0)
    }
    expect(first).toBeGreaterThanOrEqual(honest)
    expect((await prepareDraw(SEED, drawn)).positionOf(first)).toBe(0)
    expect(await commitmentTo(SEED, 'event-1', 3)).toBe(published)
  })
})

describe('over 1,000 draws of 1,000 tickets', async () => {
  const DRAWN = 1_000
  const seeds = Array.from({ length: 1_000 }, (_, n) => seedNumber(n))
  const draws: Places[] = await Promise.all(seeds.map((seed) => placesOf(seed, DRAWN)))
  const identity: Places[] = seeds.map(() => Array.from({ length: DRAWN }, (_, index) => index))
  const rotation: Places[] = seeds.map((seed) =>
    Array.from({ length: DRAWN }, (_, index) => (index + parseInt(seed.slice(0, 12), 16)) % DRAWN)
  )
  const STRATEGIES = { start: 0, middle: 495, end: DRAWN - 10 }

  test.each([0, 1, 499, 500, 998, 999])('ticket %i gets every place alike', (index) => {
    expect(unevenness(draws, index)).toBeLessThan(CRITICAL)
    expect(unevenness(identity, index)).toBeGreaterThan(CRITICAL)
  })

  test('early arrival is worth nothing: its mean rank correlation with the place is within 4 standard errors of 0', () => {
    expect(Math.abs(correlation(draws))).toBeLessThan(4)
    expect(Math.abs(correlation(identity))).toBeGreaterThan(4)
    expect(Math.abs(correlation(rotation))).toBeGreaterThan(4)
  })

  test('neighbours by arrival are neighbours by place no more often than by chance', () => {
    expect(Math.abs(neighbours(draws))).toBeLessThan(4)
    expect(Math.abs(neighbours(identity))).toBeGreaterThan(4)
    expect(Math.abs(neighbours(rotation))).toBeGreaterThan(4)
  })

  test.each(Object.entries(STRATEGIES))(
    '10 tickets added without the seed, in a block at the %s, win no more than luck',
    (_, from) => {
      const block = Array.from({ length: 10 }, (_, i) => from + i)
      expect(luck(draws, block)).toBeLessThan(CRITICAL)
      expect(luck(identity, block)).toBeGreaterThan(CRITICAL)
      expect(luck(rotation, block)).toBeGreaterThan(CRITICAL)
    },
  )

  test('another number of tickets is another draw: who publishes a false one moves everybody', async () => {
    const [told, inflated] = await Promise.all([placesOf(SEED, 1_000), placesOf(SEED, 1_001)])
    expect(told.filter((place, index) => inflated[index] === place).length).toBeLessThan(20)
  })

  test('10 tickets added without the seed, all over the line, win no more than luck', () => {
    const spread = Array.from({ length: 10 }, (_, i) => 50 + 100 * i)
    expect(luck(draws, spread)).toBeLessThan(CRITICAL)
    expect(luck(identity, spread)).toBeGreaterThan(CRITICAL)
    expect(luck(rotation, spread)).toBeGreaterThan(CRITICAL)
  })

  test('a rotation passes for even when single tickets are looked at: no check stands for the others', () => {
    expect(unevenness(rotation, 0)).toBeLessThan(CRITICAL)
  })
})

/** The places of one draw, by index. */
type Places = number[]

const BINS = 20
/** Chi-square of 19 degrees of freedom is above it with probability 1e-4. */
const CRITICAL = 50.795

function chiSquare(values: number[], edges: number[], probabilities: number[]): number {
  const observed = probabilities.map(() => 0)
  for (const value of values) observed[edges.findIndex((edge) => value < edge)]!++
  return probabilities.reduce((sum, probability, bin) => {
    const expected = probability * values.length
    return sum + (observed[bin]! - expected) ** 2 / expected
  }, 0)
}

/** Chi-square of the place of one ticket. */
function unevenness(draws: Places[], index: number): number {
  const edges = Array.from({ length: BINS }, (_, bin) => (bin + 1) * draws[0]!.length / BINS)
  return chiSquare(draws.map((places) => places[index]!), edges, edges.map(() => 1 / BINS))
}

/** Spearman's rho of arrival and place, its mean in standard errors: the variance of rho over all permutations is 1 / (n − 1). */
function correlation(draws: Places[]): number {
  const n = draws[0]!.length
  const rho = draws.map((places) => 1 - 6 * places.reduce((sum, place, index) => sum + (place - index) ** 2, 0) / (n ** 3 - n))
  return rho.reduce((sum, each) => sum + each, 0) / Math.sqrt(draws.length / (n - 1))
}

/**
 * How many neighbours by arrival are neighbours by place, above the mean, in standard deviations. By chance 2 (n − 1) / n in a draw, and
 * in the limit Poisson distributed (Wolfowitz 1944), so that the variance is the mean.
 */
function neighbours(draws: Places[]): number {
  const n = draws[0]!.length
  const met = draws.flatMap((places) => places.slice(1).filter((place, i) => Math.abs(place - places[i]!) === 1)).length
  const expected = draws.length * 2 * (n - 1) / n
  return (met - expected) / Math.sqrt(expected)
}

/** Chi-square of the best place of some tickets, against the least of as many drawn from all places without putting back. */
function luck(draws: Places[], indexes: number[]): number {
  const n = draws[0]!.length
  const allFrom = (place: number) => indexes.reduce((chance, _, i) => chance * Math.max(0, n - place - i) / (n - i), 1)
  const edges = Array.from({ length: BINS }, (_, bin) => {
    let edge = 0
    while (edge < n && 1 - allFrom(edge) < (bin + 1) / BINS - 1e-9) edge++
    return edge
  })
  const probabilities = edges.map((edge, bin) => allFrom(edges[bin - 1] ?? 0) - allFrom(edge))
  return chiSquare(draws.map((places) => Math.min(...indexes.map((index) => places[index]!))), edges, probabilities)
}
