import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { openDatabase } from './mysql.ts'

const ROOT = resolve(import.meta.dirname, '..')
const MIGRATIONS = readdirSync(join(ROOT, 'db/migrations')).filter((file) => file.endsWith('.sql')).length

let name: string
let url: string
beforeEach(async () => {
  name = `test_${randomBytes(6).toString('hex')}`
  url = Object.assign(new URL(inject('stores').mysqlUrl), { pathname: `/${name}` }).href
  await ask(`create database ${name} character set utf8mb4 collate utf8mb4_unicode_ci`)
})
afterEach(() => ask(`drop database ${name}`))

/** Rows of a statement that the server's own user asks. */
async function ask(statement: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(inject('stores').mysqlUrl)
  try {
    return (await connection.query<RowDataPacket[]>(statement))[0]
  } finally {
    await connection.end()
  }
}

function run(script: string[], env: Record<string, string> = {}): Promise<{ code: number | null; said: string }> {
  const child = spawn(join(ROOT, 'node_modules/.bin/bun'), script, { env: { ...process.env, MYSQL_URL: url, ...env } })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, said })))
}
const migrate = (env?: Record<string, string>) => run([join(ROOT, 'db/migrate.ts')], env)

test('three machines that boot at once migrate an empty database once, and make one admin', async () => {
  const admin = { ADMIN_EMAIL: 'First@Admin.example', ADMIN_PASSWORD: 'passw0rd!' }
  const ended = await Promise.all([migrate(admin), migrate(admin), migrate(admin)])
  expect(ended.map(({ code }) => code), ended.map(({ said }) => said).join('\n')).toEqual([0, 0, 0])
  expect(ended.filter(({ said }) => said.includes('first_admin_added'))).toHaveLength(1)
  expect(await ask(`select count(*) as applied from ${name}.__drizzle_migrations`)).toEqual([{ applied: MIGRATIONS }])
  expect(await ask(`select email, role from ${name}.users`)).toEqual([{ email: 'first@admin.example', role: 'admin' }])
  expect(await ask(`select count(*) as count from ${name}.events`)).toEqual([{ count: 0 }])
})

test("without the lock two of them are in each other's way (negative control)", async () => {
  const unlocked = `
    const { migrate } = await import('drizzle-orm/mysql2/migrator')
    const { openDatabase } = await import('./db/client.ts')
    const { db, close } = openDatabase(process.env.MYSQL_URL, 1)
    await migrate(db, { migrationsFolder: './db/migrations' })
    await close()`
  const ended = await Promise.all(Array.from({ length: 6 }, () => run(['-e', unlocked])))
  expect(ended.filter(({ code }) => code !== 0).length).toBeGreaterThan(0)
})

test('an admin that is there keeps the password, and another address makes no second one', async () => {
  expect(await migrate()).toMatchObject({ code: 0 })
  expect(await ask(`select * from ${name}.users`)).toEqual([])
  await migrate({ ADMIN_EMAIL: 'a@test.example', ADMIN_PASSWORD: 'passw0rd!' })
  const [before] = await ask(`select password_hash from ${name}.users`)
  for (const email of ['a@test.example', 'b@test.example']) {
    expect(await migrate({ ADMIN_EMAIL: email, ADMIN_PASSWORD: 'other-passw0rd!' })).toMatchObject({ code: 0 })
  }
  expect(await ask(`select password_hash from ${name}.users`)).toEqual([before])
})

test('an address asks for TLS by a profile that is known, or is refused', () => {
  expect(() => openDatabase(`${url}?ssl=Amazon RDX`)).toThrow('ssl must be "Amazon RDS" or {}')
})
