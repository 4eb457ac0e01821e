import { spawn } from 'node:child_process'
import { findProgram } from '../dev/programs.ts'
import { bookingScriptCall } from '../dev/sale-fixtures.ts'
import type { EventOnSale } from './sales.ts'
import type { Stage } from './stage.ts'

/** Redis' own tool puts a number of 12 digits in its place, another each time. */
const RANDOM = '__rand_int__'

/**
 * Bookings per second by the script that sells, asked by redis-benchmark over 50 connections, one a call: what Redis carries when nobody
 * stands before it and nobody gathers calls. The sale must be loaded, and no write-back may run: its people are numbers without an account.
 * Null where the tool is missing.
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
  let said = ''
  child.stdout.on('data', (part) => (said += part))
  await new Promise((resolve) => child.once('exit', resolve))
  const perSecond = Number(said.match(/,"(\d+(?:\.\d+)?)"/)?.[1])
  if (!(perSecond > 0)) throw new Error(`redis-benchmark said: ${said.slice(0, 300)}`)
  return perSecond
}
