import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

const secrets = z.object({
  tokenSecret: z.string().min(32),
  redisPassword: z.string().min(16),
  mysqlPassword: z.string().min(16),
  adminPassword: z.string().min(8),
})
export type Secrets = z.infer<typeof secrets>

/** The secrets of a shop on this machine: made once, kept in `secrets.json`, readable by its owner only. */
export function keepSecrets(dir: string): Secrets {
  const file = join(dir, 'secrets.json')
  if (existsSync(file)) return secrets.parse(JSON.parse(readFileSync(file, 'utf8')))
  mkdirSync(dir, { recursive: true })
  const made = makeSecrets()
  writeFileSync(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return made
}

/** New secrets; the admin's password follows the rules of every password, and can be read aloud. */
export const makeSecrets = (): Secrets => ({
  tokenSecret: randomBytes(32).toString('hex'),
  redisPassword: randomBytes(16).toString('hex'),
  mysqlPassword: randomBytes(16).toString('hex'),
  adminPassword: `${word()}-${word()}-${word()}1!`.replaceAll('-', '_'),
})

const LETTERS = 'abcdefghjkmnpqrstuvwxyz'
const word = () => [...randomBytes(4)].map((byte) => LETTERS[byte % LETTERS.length]).join('')
