import { parseArgs } from 'node:util'
import * as z from 'zod'
import { commitmentTo, prepareDraw } from '../contract/draw.ts'

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must have 64 hexadecimal digits in lower case')
const drawSnapshot = z.object({
  room: z.string(),
  epoch: z.int().nonnegative(),
  drawn: z.int().min(0).max(2 ** 28).nullable(),
  commitment: hash.nullable(),
  /** Empty when the draw was given up. */
  seed: z.union([hash, z.literal('')]).nullable(),
  phase: z.string(),
})

/** The part of a room's snapshot that describes its draw. */
export type DrawSnapshot = z.infer<typeof drawSnapshot>
/** What to verify. `commitment`: as noted before the opening; `index`: that of a queue ticket. */
export type DrawQuery = { room: string; commitment?: string | undefined; index?: number | undefined }
/** The result, with lines for the reader. A failed verification ends with the reason. */
export type Verification = { ok: boolean; lines: string[] }

/** Verifies a room's draw from its snapshot, by recomputing all positions. */
export async function verifyDraw(snapshot: DrawSnapshot, query: DrawQuery): Promise<Verification> {
  const lines: string[] = []
  const pass = (line: string): Verification => ({ ok: true, lines: [...lines, line] })
  const fail = (line: string): Verification => ({ ok: false, lines: [...lines, `WRONG: ${line}`] })
  const { room, epoch, drawn, commitment, seed, phase } = snapshot

  if (room !== query.room) return fail(`this is the snapshot of room "${room}", not of "${query.room}".`)
  if (commitment === null) {
    if (query.commitment) return fail(`you noted the commitment ${query.commitment}, but room "${room}" has no draw now.`)
    if (seed !== null || drawn !== null) return fail('a draw was held without a commitment before it.')
    return pass(`There is no draw in room "${room}" (${phase}).`)
  }
  lines.push(`Room "${room}", epoch ${epoch}, ${phase}.`)
  if (query.commitment && query.commitment !== commitment) {
    return fail(`the room's commitment is ${commitment}, you noted ${query.commitment}.`)
  }
  if (query.commitment) lines.push('The commitment is the one you noted.')
  if (seed === null && drawn === null) {
    return pass(`The draw has not been held yet. Note down the commitment, to check it after: ${commitment}`)
  }
  if (seed === null) return fail(`the draw of ${drawn} tickets was held, but its seed is not published.`)
  if (seed === '') return fail('the draw was given up. Positions are in the order of joining.')
  if (drawn === null) return fail('the seed is published, but the draw has not been held.')

  const computed = await commitmentTo(seed, room, epoch)
  if (computed !== commitment) return fail(`the seed gives the commitment ${computed}, not ${commitment}.`)
  lines.push(`The seed ${seed} matches the commitment ${commitment}`)

  const { positionOf } = await prepareDraw(seed, drawn)
  if (!isPermutation(positionOf, drawn)) return fail(`the positions are no permutation of the ${drawn} tickets.`)
  lines.push(`All ${drawn} tickets recomputed: each has a unique position.`)
  if (query.index !== undefined) lines.push(describeTicket(query.index, drawn, positionOf))
  return pass('The draw is valid.')
}

function isPermutation(positionOf: (index: number) => number, count: number): boolean {
  const isTaken = new Uint8Array(count)
  for (let index = 0; index < count; index++) isTaken[positionOf(index)] = 1
  return !isTaken.includes(0)
}

function describeTicket(index: number, drawn: number, positionOf: (index: number) => number): string {
  const origin = index < drawn ? 'was drawn' : 'came after the draw'
  return `Ticket ${index} ${origin}: its position is ${positionOf(index)}, counted from 0.`
}

const USAGE =
  'usage: npm run verify-draw -- <room> [--url http://localhost:8080] [--commitment <noted before the opening>] [--index <n>]'
const options = z.object({
  room: z.string('name a room').min(1),
  url: z.url({ protocol: /^https?$/, error: 'must be an http address' }).default('http://localhost:8080'),
  commitment: hash.optional(),
  index: z.string().regex(/^\d{1,15}$/, 'must be a whole number from 0').transform(Number).optional(),
})
const FETCH_TIMEOUT_MS = 5_000

/** Returns the exit code: 0 if the draw is valid, 1 if it is not, 2 if it could not be verified. */
async function main(args: string[]): Promise<number> {
  const print = (line: string) => process.stdout.write(`${line}\n`)
  let query: z.infer<typeof options>
  try {
    query = readOptions(args)
  } catch (error) {
    print(`${reasonOf(error)}\n${USAGE}`)
    return 2
  }
  const address = `${query.url.replace(/\/+$/, '')}/queue/${encodeURIComponent(query.room)}`
  let snapshot: DrawSnapshot
  try {
    snapshot = await fetchSnapshot(address)
  } catch (error) {
    print(`Cannot read ${address}: ${reasonOf(error)}`)
    return 2
  }
  const { ok, lines } = await verifyDraw(snapshot, query)
  for (const line of lines) print(line)
  return ok ? 0 : 1
}

function readOptions(args: string[]): z.infer<typeof options> {
  const { values, positionals: [room, ...rest] } = parseArgs({
    args,
    options: { url: { type: 'string' }, commitment: { type: 'string' }, index: { type: 'string' } },
    allowPositionals: true,
  })
  if (rest.length > 0) throw new RangeError(`one room at a time, not also "${rest.join(' ')}"`)
  return options.parse({ room, ...values })
}

async function fetchSnapshot(address: string): Promise<DrawSnapshot> {
  const response = await fetch(address, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  })
  if (!response.ok) throw new Error(`the server returned ${response.status}`)
  return drawSnapshot.parse(await response.json())
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  return (error instanceof Error ? error.message : String(error)).replace(/\n.*/s, '')
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
