/**
 * Fault injection: kills processes in the middle of a sale, then reconciles every 201 against MySQL.
 *
 *   npm run chaos -- [--rounds 100] [--mode redis|mysql] [--buyers 200] [--seed 1] [--outage 30] [--front]
 *
 * The stack is two origins, two edges, Redis and MySQL, each a process on its own port. In each round a new event sells out while one of
 * them is killed with SIGKILL, stopped for a while, or disconnected, at a random time. Buyers whose request fails retry with the same
 * idempotency key. After the round every 201 must be in MySQL exactly once, every row must belong to a request, no person may exceed the
 * limit, and the counters must be exact. With `--front` the edges reach the origins by TLS through a front with HTTP/2, and connections
 * between them go silent too. `--outage` also takes MySQL away for that many seconds under load: killed, or with `--outage-fault stop` so
 * that its connections stay and nothing answers. Prints a table, and
 * writes the rounds to chaos-<mode>.json. The exit status is 1 on any difference.
 */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { addEventOnSale, addUsers } from '../../dev/sale-fixtures.ts'
import { createSeededRandom } from '../../runtime/seeded-random.ts'
import { type Attempt, type Buyers, createBuyers } from './buyers.ts'
import { type Fault, injectFault } from './faults.ts'
import { playOutage } from './outage.ts'
import { reconcile } from './reconcile.ts'
import { isFaulty, renderRound, renderRounds, type Round } from './report.ts'
import { type Part, type Stack, startStack } from './stack.ts'

const SEATS = [150, 60]
const LIMIT = 4
const CANCEL_SHARE = 0.15
const FAULTS: readonly Fault[] = ['kill', 'kill', 'stop', 'cut']

const integer = z.string().regex(/^\d+$/).transform(Number)
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    mode: { type: 'string', default: 'redis' },
    buyers: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    outage: { type: 'string', default: '0' },
    front: { type: 'boolean', default: false },
    'outage-fault': { type: 'string', default: 'kill' },
  },
})
const options = z.object({
  rounds: integer,
  mode: z.enum(['redis', 'mysql']),
  buyers: integer,
  seed: integer,
  outage: integer,
  front: z.boolean(),
  'outage-fault': z.enum(['kill', 'stop']),
}).parse(values)
const random = createSeededRandom(options.seed)
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)]!
const print = (line: string) => void process.stdout.write(`${line}\n`)

const stack = await startStack(options.mode, options.front, print)
const faults: readonly Fault[] = options.front ? FAULTS.concat('silence', 'silence') : FAULTS
print(
  `chaos: ${options.rounds} rounds, acknowledgement by ${options.mode}${
    options.front ? ', through fronts' : ''
  }, seed ${options.seed}, in ${stack.dir}`,
)
const buyers = createBuyers(stack, random)
const people = await addUsers(stack.db, options.buyers + 50, new Date())
const rounds: Round[] = []
let hasFailed = false
try {
  for (let round = 1; round <= options.rounds; round++) {
    const result = await playRound(stack, buyers, round, pick(stack.parts), pick(faults))
    rounds.push(result)
    hasFailed ||= isFaulty(result)
    if (isFaulty(result) || round % 10 === 0) print(renderRound(result))
  }
  if (options.outage > 0) {
    hasFailed = !await playOutage(stack, buyers, people, { seconds: options.outage, fault: options['outage-fault'] }, print) ||
      hasFailed
  }
} finally {
  await stack.close()
}

print(`\n${renderRounds(rounds)}`)
const file = resolve(`chaos-${options.mode}.json`)
await writeFile(file, `${JSON.stringify({ mode: options.mode, seed: options.seed, rounds }, null, 2)}\n`)
print(`\nreport: ${file}`)
if (hasFailed) print(`FAILED; replay with --seed ${options.seed}; logs are in ${stack.dir}/logs`)
else await stack.discard()
process.exit(hasFailed ? 1 : 0)

/** One sale during one fault: all buyers book within half a second, some cancel; then the responses are reconciled. */
async function playRound(stack: Stack, buyers: Buyers, round: number, victim: Part, fault: Fault): Promise<Round> {
  const { eventId, ticketTypeIds } = await addEventOnSale(stack.db, SEATS, LIMIT, new Date())
  let requests = 0
  let retries = 0
  const count = <Result extends { tries: number }>(result: Result): Result => {
    requests += result.tries
    retries += result.tries - 1
    return result
  }

  async function buy(person: number, i: number): Promise<Attempt> {
    await sleep(random() * 500)
    const request = { person, key: `r${round}-${i}`, ticketTypeId: pick(ticketTypeIds), quantity: 1 + Math.floor(random() * 2) }
    const booked = count(await buyers.book({ eventId, ...request }))
    if (booked.status !== 201) return { ...request, reservation: null, isCancelled: false, outcome: booked.code }
    const reservation = booked.body.reservation.id
    if (random() >= CANCEL_SHARE) return { ...request, reservation, isCancelled: false, outcome: booked.code }
    const cancelled = count(await buyers.cancel(reservation, { eventId, ...request }))
    const isCancelled = cancelled.status === 200
    return { ...request, reservation, isCancelled, outcome: isCancelled ? booked.code : `cancel ${cancelled.code}` }
  }

  const faultEnded = injectFault(stack, victim, fault, 20 + random() * 400, random)
  const attempts = await Promise.all(people.slice(0, options.buyers).map(buy))
  const faultEndedAtMs = await faultEnded
  // A booking over the limit. Any decision shows that the booking script works again.
  const probe = { person: people.at(-1)!, key: `probe-${round}`, ticketTypeId: ticketTypeIds[0]!, quantity: LIMIT + 1 }
  await buyers.book({ eventId, ...probe, at: stack.edgeUrls[round % 2]! })
  const recoverySeconds = Math.max(0, (Date.now() - faultEndedAtMs) / 1000)

  const { wrong, ...found } = await reconcile(stack, eventId, attempts, LIMIT)
  const result: Round = {
    round,
    victim: victim.name,
    fault,
    requests,
    retries,
    recoverySeconds,
    ...found,
    wrong: Object.values(wrong).reduce((sum, one) => sum + one, 0),
  }
  if (isFaulty(result)) print(`event ${eventId}: ${JSON.stringify(wrong)}`)
  return result
}
