import { eq } from 'drizzle-orm'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit, refreshTokens, users } from '../db/schema.ts'
import { readAccess } from '../edge/contract/credentials.ts'
import { verifyPassword } from '../runtime/password-hash.ts'
import { openShop, type Shop } from '../test/shop.ts'
import { signUp } from './accounts.ts'
import { openSession, renewSession } from './sessions.ts'

const ROOT = resolve(import.meta.dirname, '..')
let shop: Shop
beforeAll(async () => void (shop = await openShop({ writeBackMs: 60_000 })))
afterAll(() => shop.close())

async function addAccount() {
  const nickname = randomBytes(5).toString('hex')
  const email = `${nickname}@test.example`
  const result = await signUp(shop, { email, password: 'the old password', nickname }, { address: '192.0.2.1' })
  if (result.kind !== 'signed_up') throw new Error(result.kind)
  return result.user
}
const hashOf = async (id: number) => (await shop.db.select().from(users).where(eq(users.id, id)))[0]!.passwordHash
const sessionsOf = (id: number) => shop.db.select().from(refreshTokens).where(eq(refreshTokens.userId, id))

/** Runs the command with a password on its input. */
function setPassword(email: string, input: string): Promise<{ code: number | null; output: string }> {
  const child = spawn(join(ROOT, 'node_modules/.bin/bun'), [join(ROOT, 'origin/commands/set-password.ts'), email], {
    env: { PATH: process.env.PATH, MYSQL_URL: shop.mysqlUrl, REDIS_URL: shop.redisUrl, SUDO_USER: 'kim' },
    timeout: 60_000,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  child.stdin.end(input)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}

describe('set-password', () => {
  test('sets the password, ends every session of the account and of no other, and is in the audit trail', async () => {
    const [user, other] = [await addAccount(), await addAccount()]
    const sessions = [await openSession(shop, user), await openSession(shop, user)]
    const kept = await openSession(shop, other)

    const { code, output } = await setPassword(user.email, 'a new password of kim\n')
    expect(code, output).toBe(0)
    expect(JSON.parse(output)).toMatchObject({ event: 'password_set', userId: user.id, endedSessions: 2 })

    expect(await verifyPassword('a new password of kim', await hashOf(user.id))).toBe(true)
    expect(await verifyPassword('the old password', await hashOf(user.id))).toBe(false)
    expect(await sessionsOf(user.id)).toEqual([])
    for (const { accessToken, refreshToken } of sessions) {
      expect(await renewSession(shop, refreshToken)).toBeNull()
      const read = () =>
        readAccess({ headers: new Headers({ authorization: `Bearer ${accessToken}` }), protocol: 'http' }, shop, Date.now())
      await expect.poll(read, { timeout: 10_000 }).toBeNull()
    }
    expect(await renewSession(shop, kept.refreshToken)).not.toBeNull()

    const [entry] = await shop.db.select().from(audit).where(eq(audit.action, 'account.set_password'))
    expect(entry!.subject).toBe(`user:${user.id}`)
    expect(JSON.parse(entry!.detail!)).toEqual({ operator: 'kim', endedSessions: 2 })
    expect(JSON.stringify(entry) + output).not.toMatch(/new password|argon2/)
  })

  test('changes nothing for an unknown account, or with a password that the rules of signup refuse', async () => {
    const user = await addAccount()
    const before = await hashOf(user.id)
    expect(await setPassword('nobody@test.example', 'a new password')).toMatchObject({ code: 1 })
    // A database compares without accents: this address would find the account.
    expect(await setPassword(user.email.replace('@', '́@'), 'a new password')).toMatchObject({ code: 2 })
    for (const password of ['', 'short', 'x'.repeat(129)]) {
      expect(await setPassword(user.email, password)).toMatchObject({ code: 2 })
    }
    expect(await hashOf(user.id)).toBe(before)
  })
})
