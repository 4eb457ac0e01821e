import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { createPasswords } from './passwords.ts'

/** Checks that take turns of the event loop: how threads of real hashes are scheduled depends on the machine. */
vi.mock('../runtime/password-hash.ts', () => ({
  hashPassword: (password: string) => Promise.resolve(password),
  async verifyPassword(password: string, hash: string) {
    await setImmediate()
    return password === hash
  },
}))

const RIGHT = 'correct horse'
const ADDRESSES = Array.from({ length: 8 }, (_, i) => `198.51.100.${i}`)

/** The number of wrong passwords of eight addresses that are checked before the right one of `client`, which arrives last. */
async function checkedBefore(client: string, passwords: ReturnType<typeof createPasswords>, hash: string): Promise<number> {
  let checked = 0
  const guesses = ADDRESSES.concat(ADDRESSES).map(async (address) => {
    // Half of the guesses are for accounts that do not exist.
    const result = await passwords.check('wrong horse', checked % 2 === 0 ? hash : undefined, { client: address, isKnown: false })
    if (result === false) checked++
  })
  const result = await passwords.check(RIGHT, hash, { client, isKnown: false })
  expect(result).toBe(true)
  const before = checked
  await Promise.all(guesses)
  return before
}

test(
  'after three wrong passwords in a row an address goes after all others, until a right one',
  { timeout: 120_000 },
  async () => {
    const hash = RIGHT
    const passwords = createPasswords()
    const owner = '203.0.113.1'
    expect(await checkedBefore(owner, passwords, hash), 'addresses take turns').toBeGreaterThanOrEqual(6)
    // Each address has two wrong ones now.
    await checkedBefore(owner, passwords, hash)
    expect(await checkedBefore(owner, passwords, hash), 'the owner goes first').toBeLessThanOrEqual(4)
    const shared = '203.0.113.2'
    for (let i = 0; i < 3; i++) await passwords.check('wrong horse', hash, { client: shared, isKnown: false })
    expect(await checkedBefore(shared, passwords, hash), 'one of many who guess').toBeGreaterThanOrEqual(6)
    expect(await passwords.check(RIGHT, hash, { client: shared, isKnown: false })).toBe(true)
    expect(await checkedBefore(shared, passwords, hash), 'after a right password').toBeLessThanOrEqual(4)
  },
)
