import { afterEach, expect, test } from 'vitest'
import { StoreUnavailable } from '../db/store-unavailable.ts'
import { until } from '../test/until.ts'
import { type MysqlHealth, openMysqlHealth } from './mysql-health.ts'

type Reply = 'replies' | 'fails' | 'hangs'
let health: MysqlHealth
let reply: Reply = 'replies'
let release: () => void = () => {}
afterEach(async () => {
  reply = 'replies'
  release()
  await health.close()
})

/** A health whose MySQL behaves as `reply` says, and what it logs. */
function open(): string[] {
  const logged: string[] = []
  const execute = () => {
    if (reply === 'fails') return Promise.reject(new Error('refused'))
    if (reply === 'hangs') return new Promise<void>((resolve) => void (release = resolve))
    return Promise.resolve()
  }
  health = openMysqlHealth({
    db: { execute } as unknown as Parameters<typeof openMysqlHealth>[0]['db'],
    log: (event) => void logged.push(event),
    elapsedMs: () => performance.now(),
  }, 900)
  return logged
}

test.each<Reply>(['fails', 'hangs'])('a MySQL that %s is logged once as lost and once as ready', async (fault) => {
  const logged = open()
  expect(health.isAvailable()).toBe(true)
  reply = fault
  await until(() => !health.isAvailable())
  reply = 'replies'
  release()
  await until(() => health.isAvailable())
  expect(logged).toEqual(['mysql_lost', 'mysql_ready'])
})

test('work that waits is rejected when MySQL is lost, and later work does not begin', async () => {
  open()
  const waiting = health.orUnavailable(() => new Promise(() => {}))
  reply = 'hangs'
  await expect(waiting).rejects.toThrow(StoreUnavailable)
  let hasBegun = false
  await expect(health.orUnavailable(() => {
    hasBegun = true
    return Promise.resolve()
  })).rejects.toThrow(StoreUnavailable)
  expect(hasBegun).toBe(false)
  reply = 'replies'
  release()
  await until(() => health.isAvailable())
  expect(await health.orUnavailable(() => Promise.resolve(7))).toBe(7)
})

test('work that fails rejects with its own error, and a throwing one is not left waiting', async () => {
  open()
  await expect(health.orUnavailable(() => Promise.reject(new RangeError('mine')))).rejects.toThrow(RangeError)
})
