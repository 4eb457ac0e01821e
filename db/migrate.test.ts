import { drizzle } from 'drizzle-orm/mysql2'
import { migrate as applyMigrations } from 'drizzle-orm/mysql2/migrator'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { connectionOptions, openDatabase } from './mysql.ts'
import { migrateDatabase } from './run-migrations.ts'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDER = join(ROOT, 'db/migrations')
const MIGRATIONS = readdirSync(FOLDER).filter((file) => file.endsWith('.sql')).length

let name: string
let url: string
let connection: Connection
beforeEach(async () => {
  name = `test_${randomBytes(6).toString('hex')}`
  url = Object.assign(new URL(inject('stores').mysqlUrl), { pathname: `/${name}` }).href
  connection = await createConnection({ ...connectionOptions(inject('stores').mysqlUrl), multipleStatements: true })
  await connection.query(`create database ${name} character set utf8mb4 collate utf8mb4_unicode_ci; use ${name}`)
})
afterEach(async () => {
  await connection.query(`drop database ${name}`)
  await connection.end()
})

const select = async (statement: string): Promise<RowDataPacket[]> => (await connection.query<RowDataPacket[]>(statement))[0]

function run(script: string[], env: Record<string, string> = {}): Promise<{ code: number | null; output: string }> {
  const child = spawn(join(ROOT, 'node_modules/.bin/bun'), script, { cwd: ROOT, env: { ...process.env, MYSQL_URL: url, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}
const migrate = (env?: Record<string, string>) => run([join(ROOT, 'db/migrate.ts')], env)

describe('db/migrate.ts', () => {
  test('run by three machines at once, migrates an empty database once and adds one admin', async () => {
    const admin = { ADMIN_EMAIL: 'First@Admin.example', ADMIN_PASSWORD: 'passw0rd!' }
    const runs = await Promise.all([migrate(admin), migrate(admin), migrate(admin)])
    expect(runs.map(({ code }) => code), runs.map(({ output }) => output).join('\n')).toEqual([0, 0, 0])
    expect(runs.filter(({ output }) => output.includes('first_admin_added'))).toHaveLength(1)
    expect(await select('select count(*) as applied from __drizzle_migrations')).toEqual([{ applied: MIGRATIONS }])
    expect(await select('select email, role from users')).toEqual([{ email: 'first@admin.example', role: 'owner' }])
    expect(await select('select count(*) as count from events')).toEqual([{ count: 0 }])
  })

  test('fails when several machines run it without the lock (negative control)', async () => {
    const unlocked = `
      const { migrate } = await import('drizzle-orm/mysql2/migrator')
      const { openDatabase } = await import('./db/mysql.ts')
      const { db, close } = openDatabase(process.env.MYSQL_URL, 1)
      await migrate(db, { migrationsFolder: './db/migrations' })
      await close()`
    const runs = await Promise.all(Array.from({ length: 6 }, () => run(['-e', unlocked])))
    const failures = runs.filter(({ code }) => code !== 0)
    expect(failures.length).toBeGreaterThan(0)
    for (const { output } of failures) {
      expect(output).toMatch(/already exists|Duplicate|doesn't exist|check that it exists|Deadlock/)
    }
  })

  test('keeps the password of an existing admin, and adds no second admin for another address', async () => {
    expect(await migrate()).toMatchObject({ code: 0 })
    expect(await select('select * from users')).toEqual([])
    await migrate({ ADMIN_EMAIL: 'a@test.example', ADMIN_PASSWORD: 'passw0rd!' })
    const [before] = await select('select password_hash from users')
    for (const email of ['a@test.example', 'b@test.example']) {
      expect(await migrate({ ADMIN_EMAIL: email, ADMIN_PASSWORD: 'other-passw0rd!' })).toMatchObject({ code: 0 })
    }
    expect(await select('select password_hash from users')).toEqual([before])
  })
})

describe('0004_glossary.sql', () => {
  /** Applies the first `count` migrations. */
  async function migrateTo(count: number): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'neticket-migrations-'))
    try {
      cpSync(FOLDER, folder, { recursive: true })
      const journalFile = join(folder, 'meta/_journal.json')
      const journal = JSON.parse(readFileSync(journalFile, 'utf8')) as { entries: unknown[] }
      writeFileSync(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
      await applyMigrations(drizzle(connection), { migrationsFolder: folder })
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('keeps the rows of an older database under the new names', async () => {
    await migrateTo(4)
    await connection.query(`
      insert into events (id, title, title_en, place, place_en, starts_at, opens_at, closes_at, created_at, updated_at)
        values (7, '공연', 'A concert', '시험 홀', 'Test Hall', '2026-03-01', '2026-01-01', '2026-02-01', '2026-01-01', '2026-01-01');
      insert into ticket_types (id, event_id, position, name, name_en, price, seats, sold)
        values (70, 7, 0, 'R석', 'R', 90000, 10, 3), (71, 7, 1, 'S석', 'S', 50000, 20, 0);
      insert into ledgers (event_id, live, epoch, seq, drained_at) values (7, 1, 2, 5, '2026-01-02 03:04:05.678');
      insert into set_aside (event_id, epoch, seq, entry, reason, at) values (7, 2, 4, 'b [1]', 'Expected a UUID', '2026-01-02')`)

    await migrateDatabase(url)

    expect(await select('select venue, venue_en, search_text from events where id = 7')).toEqual([
      { venue: '시험 홀', venue_en: 'Test Hall', search_text: '공연 A concert 시험 홀 Test Hall' },
    ])
    expect(await select('select id, sort_order, sold from ticket_types order by sort_order')).toEqual([
      { id: 70, sort_order: 0, sold: 3 },
      { id: 71, sort_order: 1, sold: 0 },
    ])
    expect(await select('select epoch, seq, written_back_at from ledgers')).toEqual([
      { epoch: 2, seq: 5, written_back_at: new Date('2026-01-02T03:04:05.678Z') },
    ])
    expect(await select('select event_id, epoch, seq, entry, reason from dead_letters')).toEqual([
      { event_id: 7, epoch: 2, seq: 4, entry: 'b [1]', reason: 'Expected a UUID' },
    ])
    const duplicate = connection.query(
      "insert into dead_letters (event_id, epoch, seq, entry, reason, at) values (7, 2, 4, '', '', '2026-01-02')",
    )
    await expect(duplicate).rejects.toThrow('dead_letters_by_log_position')
    const orphan = connection.query(
      "insert into dead_letters (event_id, epoch, seq, entry, reason, at) values (8, 2, 4, '', '', '2026-01-02')",
    )
    await expect(orphan).rejects.toThrow('dead_letters_event_id_events_id_fk')
  })
})

test('openDatabase() rejects an address with an unknown TLS profile', () => {
  expect(() => openDatabase(`${url}?ssl=Amazon RDX`)).toThrow('ssl must be "Amazon RDS" or {}')
})
