import { spawn } from 'node:child_process'
import { findProgram } from '../dev/programs.ts'
import { bookingScriptCall } from '../dev/sale-fixtures.ts'
import type { EventOnSale } from './sales.ts'
import type { Stage } from './stage.ts'

/** redis-benchmark replaces this by another number of 12 digits in each call. */
const RANDOM = '__rand_int__'

/**
 * Bookings per second of the booking script alone, one per call, measured by redis-benchmark over 50 connections: the limit of Redis
 * without an origin and without batching. The sale must be loaded, and no write-back may run, since its people have no accounts.
 * Returns null when the tool is missing.
 */
export async function benchmarkReserve(stage: Pick<Stage, 'redis' | 'redisUrl'>, sale: EventOnSale, bookings: number) {
  const program = findProgram(['redis-benchmark', 'valkey-benchmark'])
  if (program === null) return null
  const { script, args } = bookingScriptCall(sale.eventId, sale.ticketTypeIds[0]!, RANDOM)
  const command = ['EVALSHA', String(await stage.redis.script('LOAD', script)), ...args]
  const { hostname, port, password } = new URL(stage.redisUrl)
  const where = ['-h', hostname, '-p', port, '-a', password]
  const how = ['-n', String(bookings), '-c', '50', '-r', '1000000000', '--csv', '-q', '-e']
  const child = spawn(program, [...where, ...how, ...command], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.on('data', (part) => (output += part))
  await new Promise((resolve) => child.once('exit', resolve))
  const perSecond = Number(output.match(/,"(\d+(?:\.\d+)?)"/)?.[1])
  if (!(perSecond > 0)) throw new Error(`redis-benchmark printed: ${output.slice(0, 300)}`)
  return perSecond
}
