import { createSeededRandom } from '../../runtime/seeded-random.ts'

/** Random choices of one request. */
export type Dice = ReturnType<typeof createDice>

/** The choices of the request `index` of a run, which depend on the seed and on nothing else. */
export function createDice(seed: number, index: number) {
  const random = createSeededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b))
  const below = (max: number) => Math.floor(random() * max)
  const hex = (length: number) => Array.from({ length }, () => below(16).toString(16)).join('')
  return {
    /** Whether something happens that has this probability. */
    chance: (probability: number) => random() < probability,
    /** A whole number from 0, below `max`. */
    below,
    pick: <Item>(items: readonly Item[]): Item => items[below(items.length)]!,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
  }
}
