import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password-hash.ts'

/** Turns of the event loop until `work` settles. Work on the loop's own thread takes none. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let isSettled = false
  work.finally(() => (isSettled = true))
  let turns = 0
  for (; !isSettled; turns++) await setImmediate()
  return turns
}

test('the event loop keeps turning while passwords are hashed and checked', async () => {
  const hash = await hashPassword('correct horse')
  const work = Promise.all([hashPassword('another'), verifyPassword('correct horse', hash), verifyPassword('wrong', hash)])
  expect(await turnsDuring(work)).toBeGreaterThan(10)
  expect((await work).slice(1)).toEqual([true, false])
})

test('hashing on the thread of the event loop would be noticed (negative control)', async () => {
  const hash = await hashPassword('correct horse')
  const blocking = () => Promise.all([1, 2, 3].map(() => Bun.password.verifySync('correct horse', hash)))
  expect(await turnsDuring(blocking())).toBeLessThan(5)
})
