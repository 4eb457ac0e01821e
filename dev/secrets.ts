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

/** Returns the secrets of the shop in a data folder. They are made once and kept in `secrets.json`, which only its owner can read. */
export function keepSecrets(dir: string): Secrets {
  const file = join(dir, 'secrets.json')
  if (existsSync(file)) return secrets.parse(JSON.parse(readFileSync(file, 'utf8')))
  mkdirSync(dir, { recursive: true })
  const made = makeSecrets()
  writeFileSync(`${file}.new`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
  return made
}

/** Makes secrets. The admin's password follows the rules for passwords and is easy to type. */
export const makeSecrets = (): Secrets => ({
  tokenSecret: randomBytes(32).toString('hex'),
  redisPassword: randomBytes(16).toString('hex'),
  mysqlPassword: randomBytes(16).toString('hex'),
  adminPassword: `${letters()}-${letters()}-${letters()}1!`.replaceAll('-', '_'),
})

const LETTERS = 'abcdefghjkmnpqrstuvwxyz'
const letters = () => [...randomBytes(4)].map((byte) => LETTERS[byte % LETTERS.length]).join('')
