import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createPasswords, NO_PASSWORD, type PasswordHashing } from './passwords.ts'

/** A cheap hash function that takes a turn of the event loop: how threads of Argon2id are scheduled depends on the machine. */
const CHEAP: PasswordHashing = {
  async hash(password) {
    await setImmediate()
    return createHash('sha256').update(password).digest('hex')
  },
  verify: async (password, hash) => await CHEAP.hash(password) === hash,
}

const RIGHT = 'correct horse'
const ADDRESSES = Array.from({ length: 8 }, (_, i) => `198.51.100.${i}`)

/** The number of wrong passwords of eight addresses that are checked before the right one of `owner`, which arrives last. */
async function checkedBefore(owner: string, passwords: ReturnType<typeof createPasswords>, hash: string): Promise<number> {
  let checked = 0
  const guesses = ADDRESSES.concat(ADDRESSES).map(async (address) => {
    // Half of the guesses are for accounts that do not exist.
    const result = await passwords.check('wrong horse', checked % 2 === 0 ? hash : undefined, { address, isKnown: false })
    if (result === false) checked++
  })
  const result = await passwords.check(RIGHT, hash, { address: owner, isKnown: false })
  expect(result).toBe(true)
  const before = checked
  await Promise.all(guesses)
  return before
}

test(
  'after three wrong passwords in a row an address goes after all others, until a right one',
  { timeout: 120_000 },
  async () => {
    const hash = await CHEAP.hash(RIGHT)
    const passwords = createPasswords(CHEAP)
    const owner = '203.0.113.1'
    expect(await checkedBefore(owner, passwords, hash), 'addresses take turns').toBeGreaterThanOrEqual(6)
    // Each address has two wrong ones now.
    await checkedBefore(owner, passwords, hash)
    expect(await checkedBefore(owner, passwords, hash), 'the owner goes first').toBeLessThanOrEqual(4)
    const shared = '203.0.113.2'
    for (let i = 0; i < 3; i++) await passwords.check('wrong horse', hash, { address: shared, isKnown: false })
    expect(await checkedBefore(shared, passwords, hash), 'one of many who guess').toBeGreaterThanOrEqual(6)
    expect(await passwords.check(RIGHT, hash, { address: shared, isKnown: false })).toBe(true)
    expect(await checkedBefore(shared, passwords, hash), 'after a right password').toBeLessThanOrEqual(4)
  },
)

test('A102: the networks of one IPv6 /48 have one share of the hashes, and are deferred together after wrong passwords', async () => {
  const passwords = createPasswords(CHEAP)
  const hash = await CHEAP.hash(RIGHT)
  const check = (address: string, password: string) => passwords.check(password, hash, { address, isKnown: false })
  const flood = Array.from({ length: 60 }, (_, i) => check(`2001:db8:1:${i}::/64`, 'wrong horse'))
  // Two run, and twenty may wait.
  const others = await Promise.all(['2001:db8:2:0::/64', '192.0.2.1'].map((address) => check(address, RIGHT)))
  expect(others).toEqual([true, true])
  const busy = (await Promise.all(flood)).filter((result) => typeof result !== 'boolean')
  expect(busy).toHaveLength(60 - 22)

  const guesses = Array.from({ length: 20 }, (_, i) => check(`2001:db8:1:${100 + i}::/64`, 'wrong horse'))
  let checked = 0
  for (const guess of guesses) void guess.then(() => checked++)
  await check('192.0.2.2', RIGHT)
  expect(checked, 'an address that has not guessed goes first').toBeLessThanOrEqual(4)
  await Promise.all(guesses)
})

test('an account without a password has none that matches, and its check takes one hash like any other', async () => {
  let checks = 0
  const counted: PasswordHashing = { hash: CHEAP.hash, verify: (password, hash) => (checks++, CHEAP.verify(password, hash)) }
  const passwords = createPasswords(counted)
  for (const guess of [NO_PASSWORD, RIGHT]) {
    expect(await passwords.check(guess, NO_PASSWORD, { address: ADDRESSES[0]!, isKnown: false })).toBe(false)
  }
  expect(checks).toBe(2)
})
