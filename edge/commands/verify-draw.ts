import { parseArgs } from 'node:util'
import * as z from 'zod'
import { commitmentTo, prepareDraw } from '../contract/draw.ts'

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must have 64 hexadecimal digits in lower case')
const snapshot = z.object({
  room: z.string(),
  epoch: z.int().nonnegative(),
  drawn: z.int().min(0).max(2 ** 28).nullable(),
  commitment: hash.nullable(),
  seed: hash.nullable(),
  phase: z.string(),
})

/** What a room tells of its draw. */
export type DrawSnapshot = z.infer<typeof snapshot>
/** What is asked about it: `commitment` was noted before the opening, `index` stands on a ticket. */
export type DrawWish = { room: string; commitment?: string | undefined; index?: number | undefined }

/** Checks all that a room tells of its draw, recomputing every place; the lines are for the reader. */
export async function verifyDraw(told: DrawSnapshot, wish: DrawWish): Promise<{ ok: boolean; lines: string[] }> {
  const lines: string[] = []
  const hold = (line: string) => ({ ok: true, lines: [...lines, line] })
  const fail = (line: string) => ({ ok: false, lines: [...lines, `WRONG: ${line}`] })
  const { room, epoch, drawn, commitment, seed } = told

  if (room !== wish.room) return fail(`asked about room "${wish.room}", was told about "${room}".`)
  if (commitment === null) {
    if (wish.commitment) return fail(`you noted the commitment ${wish.commitment}, but room "${room}" has no draw now.`)
    if (seed !== null || drawn !== null) return fail('a draw was held without a commitment before it.')
    return hold(`There is no draw in room "${room}" (${told.phase}).`)
  }
  lines.push(`Room "${room}", epoch ${epoch}, ${told.phase}.`)
  if (wish.commitment && wish.commitment !== commitment) {
    return fail(`the room's commitment is ${commitment}, you noted ${wish.commitment}.`)
  }
  if (wish.commitment) lines.push('The commitment is the one you noted.')
  if (seed === null && drawn === null) {
    return hold(`The draw has not been held yet. Note down the commitment, to check it after: ${commitment}`)
  }
  if (seed === null) return fail(`the draw of ${drawn} tickets was held, but its seed is not shown.`)
  if (drawn === null) return fail('the seed is shown, but the draw has not been held.')

  const computed = await commitmentTo(seed, room, epoch)
  if (computed !== commitment) return fail(`the seed gives the commitment ${computed}, not ${commitment}.`)
  lines.push(`The seed ${seed} is the one that was committed to: ${commitment}`)

  const { positionOf: placeOf } = await prepareDraw(seed, drawn)
  const isTaken = new Uint8Array(drawn)
  for (let index = 0; index < drawn; index++) isTaken[placeOf(index)] = 1
  if (isTaken.includes(0)) return fail(`the places are no permutation of the ${drawn} tickets.`)
  lines.push(`All ${drawn} tickets recomputed: each has a place of its own.`)

  if (wish.index === undefined) return hold('The draw holds.')
  const came = wish.index < drawn ? 'was drawn' : 'came after the draw'
  lines.push(`Ticket ${wish.index} ${came}: its place is ${placeOf(wish.index)}, counted from 0.`)
  return hold('The draw holds.')
}

const USAGE =
  'usage: npm run verify-draw -- <room> [--url http://localhost:8080] [--commitment <noted before the opening>] [--index <n>]'
const wishes = z.object({
  room: z.string('name a room').min(1),
  url: z.url({ protocol: /^https?$/, error: 'must be an http address' }).default('http://localhost:8080'),
  commitment: hash.optional(),
  index: z.string().regex(/^\d{1,15}$/, 'must be a whole number from 0').transform(Number).optional(),
})

/** Returns the exit code: 0 when all holds, 1 when something does not, 2 when it could not be checked. */
async function main(args: string[]): Promise<number> {
  const print = (line: string) => process.stdout.write(`${line}\n`)
  let wish: z.infer<typeof wishes>
  try {
    const options = { url: { type: 'string' }, commitment: { type: 'string' }, index: { type: 'string' } } as const
    const { values, positionals: [room, ...rest] } = parseArgs({ args, options, allowPositionals: true })
    if (rest.length > 0) throw new RangeError(`one room at a time, not also "${rest.join(' ')}"`)
    wish = wishes.parse({ room, ...values })
  } catch (error) {
    print(`${reasonOf(error)}\n${USAGE}`)
    return 2
  }
  const address = `${wish.url.replace(/\/+$/, '')}/queue/${encodeURIComponent(wish.room)}`
  let told: DrawSnapshot
  try {
    const answer = await fetch(address, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(5_000) })
    if (!answer.ok) throw new Error(`it answers ${answer.status}`)
    told = snapshot.parse(await answer.json())
  } catch (error) {
    print(`Cannot read ${address}: ${reasonOf(error)}`)
    return 2
  }
  const { ok, lines } = await verifyDraw(told, wish)
  for (const line of lines) print(line)
  return ok ? 0 : 1
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  return (error instanceof Error ? error.message : String(error)).replace(/\n.*/s, '')
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
