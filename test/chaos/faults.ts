import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { Part, Stack } from './stack.ts'

/**
 * `kill`: SIGKILL and restart. `stop`: SIGSTOP for up to two seconds. `cut`: a store closes all its connections. `silence`: all connections
 * between edges and origins go silent.
 */
export type Fault = 'kill' | 'stop' | 'cut' | 'silence'

const processList = z.tuple([z.array(z.object({ Id: z.number(), User: z.string() }))]).rest(z.unknown())

/** Injects a fault after `afterMs`; resolves with the time at which the part works again, epoch ms. A program that is cut is killed. */
export async function injectFault(
  { db, redis, fronts }: Pick<Stack, 'db' | 'redis' | 'fronts'>,
  part: Part,
  fault: Fault,
  afterMs: number,
  random: () => number,
): Promise<number> {
  await sleep(afterMs)
  if (fault === 'silence') {
    for (const { relays: [relay] } of fronts) relay!.silence()
  } else if (fault === 'stop') {
    process.kill(part.running.pid, 'SIGSTOP')
    await sleep(500 + random() * 1_500)
    process.kill(part.running.pid, 'SIGCONT')
  } else if (fault === 'cut' && part.name === 'redis') {
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').catch(() => {})
  } else if (fault === 'cut' && part.name === 'mysql') {
    const [connections] = processList.parse(await db.execute('show processlist'))
    for (const { Id, User } of connections) if (User === 'neticket') await db.execute(`kill ${Id}`).catch(() => {})
  } else {
    process.kill(part.running.pid, 'SIGKILL')
    await part.running.ended
    await sleep(random() * 300)
    part.running = await part.start()
  }
  return Date.now()
}
