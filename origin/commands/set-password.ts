/**
 * Sets the password of an account and ends its sessions: set-password admin@example.com < password (docs/operations.md). The password is
 * read from the input, so that neither the process list nor the history of the shell has it.
 */
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { openDatabase } from '../../db/mysql.ts'
import { openRedis, untilReady } from '../../db/redis/client.ts'
import { openRevokedSessions } from '../../db/redis/revoked-sessions.ts'
import { signupInput } from '../accounts.ts'
import { createPasswords } from '../passwords.ts'
import { setPassword } from '../set-password.ts'

const env = z.object({
  MYSQL_URL: z.url({ protocol: /^mysql$/ }),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  SUDO_USER: z.string().default(''),
  USER: z.string().default(''),
}).parse(process.env)
const print = (event: string, facts: object) =>
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...facts })}\n`)

const email = signupInput.shape.email.safeParse(process.argv[2])
const password = signupInput.shape.password.safeParse((await text(process.stdin)).replace(/\r?\n$/, ''))
if (password.success && await createPasswords().isCommon(password.data, email.success ? [email.data] : [])) {
  process.stderr.write('The password is on the list of common passwords: choose another one\n')
  process.exit(2)
}
if (!email.success || !password.success) {
  process.stderr.write('Usage: set-password <e-mail> < file with a password of 8 to 128 characters\n')
  process.exit(2)
}

const { db, close } = openDatabase(env.MYSQL_URL, 1)
const redis = openRedis(env.REDIS_URL)
const revokedSessions = openRevokedSessions({ redis, now: () => Date.now(), log: print })
try {
  await untilReady(redis)
  const operator = env.SUDO_USER || env.USER || 'unknown'
  const { kind, ...facts } = await setPassword({ db, revokedSessions, now: () => new Date() }, {
    email: email.data,
    password: password.data,
    operator,
  })
  print(kind === 'changed' ? 'password_set' : kind, facts)
  if (kind === 'unknown_account') process.exitCode = 1
} finally {
  await revokedSessions.close()
  redis.disconnect()
  await close()
}
