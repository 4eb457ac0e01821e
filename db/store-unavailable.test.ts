import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freePort } from '../dev/processes.ts'
import { openDatabase } from './mysql.ts'
import { openRedis, untilReady } from './redis/client.ts'
import { defineSeatScripts } from './redis/sale/seats.ts'
import { isStoreUnavailable, StoreUnavailable } from './store-unavailable.ts'

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error: unknown) => error)

describe('Redis', () => {
  test('rejects commands and scripts with StoreUnavailable while it is down', async () => {
    const redis = openRedis(`redis://127.0.0.1:${await freePort()}`)
    defineSeatScripts(redis)
    const commands = [redis.get('a'), redis.reserveSeats(1, 'a', 1), redis.cancelSeats('a', 'b', 'c', 'd'), redis.info()]
    for (const failure of await Promise.all(commands.map(failureOf))) {
      expect(failure).toMatchObject({ name: 'StoreUnavailable', store: 'redis', cause: expect.any(Error) })
    }
    redis.disconnect()
    expect(await failureOf(redis.get('a'))).toBeInstanceOf(StoreUnavailable)
  })

  test('rejects commands of a cluster with StoreUnavailable while it is down', async () => {
    const redis = openRedis(`redis://127.0.0.1:${await freePort()}?cluster=yes`)
    defineSeatScripts(redis)
    const commands = [redis.reserveSeats(1, 'a', 1), redis.info()]
    for (const failure of await Promise.all(commands.map(failureOf))) expect(failure).toBeInstanceOf(StoreUnavailable)
    redis.disconnect()
  })

  test('does not convert an error reply that means a bug', async () => {
    const redis = openRedis(inject('stores').redisUrl)
    await untilReady(redis)
    await redis.set('store-unavailable-test', 'text', 'PX', 10_000)
    const failure = await failureOf(redis.hgetall('store-unavailable-test'))
    expect([failure instanceof Error, isStoreUnavailable(failure)]).toEqual([true, false])
    redis.disconnect()
  })

  test('rejects with StoreUnavailable when the server is out of memory', async () => {
    const redis = openRedis(inject('stores').redisUrl)
    await untilReady(redis)
    const failure = await failureOf(redis.eval("return redis.error_reply('OOM command not allowed')", 0))
    expect(failure).toMatchObject({ name: 'StoreUnavailable', message: expect.stringMatching(/^OOM /) })
    redis.disconnect()
  })
})

describe('MySQL', () => {
  let database: ReturnType<typeof openDatabase>
  beforeAll(() => void (database = openDatabase(inject('stores').mysqlUrl)))
  afterAll(() => database.close())

  test('throws StoreUnavailable while it is down, in and outside of transactions', async () => {
    const { db, close } = openDatabase(`mysql://root@127.0.0.1:${await freePort()}/none`)
    for (const work of [db.execute(sql`select 1`), db.transaction((tx) => tx.execute(sql`select 1`))]) {
      const failure = await failureOf(work)
      expect(isStoreUnavailable(failure), String(failure)).toBe(true)
    }
    await close()
  })

  test('throws StoreUnavailable for a deadlock', async () => {
    const { db } = database
    const failure = await failureOf(
      db.execute(sql`signal sqlstate '40001' set mysql_errno = 1213, message_text = 'Deadlock found'`),
    )
    expect(isStoreUnavailable(failure), String(failure)).toBe(true)
  })

  test('throws StoreUnavailable after the pool is closed', async () => {
    const { db, close } = openDatabase(inject('stores').mysqlUrl)
    await close()
    expect(isStoreUnavailable(await failureOf(db.execute(sql`select 1`)))).toBe(true)
  })

  test('does not convert the error of a wrong statement', async () => {
    const failure = await failureOf(database.db.execute(sql`select no_such_column`))
    expect([failure instanceof Error, isStoreUnavailable(failure)]).toEqual([true, false])
  })
})
