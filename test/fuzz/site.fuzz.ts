import { expect, test } from 'vitest'
import { fromText } from './exchange.ts'
import { fuzz, repeat, unreached } from './fuzz.ts'
import { findDamage, type FuzzTarget, HIDDEN_PATHS, openFuzzTarget } from './fuzz-target.ts'

const { FUZZ_REPEAT, FUZZ_REQUESTS = '50000', FUZZ_SEED = String(Date.now() % 2 ** 31), FUZZ_MINUTES = '1440' } = process.env
const seed = Number(FUZZ_SEED)
const print = (line: string) => void process.stdout.write(`${line}\n`)

test(FUZZ_REPEAT ? 'one request again' : `${FUZZ_REQUESTS} requests of seed ${seed}`, async () => {
  const target = await openFuzzTarget(seed)
  try {
    if (FUZZ_REPEAT) print(await repeat(target.edgeUrl, target.routes, fromText(FUZZ_REPEAT)))
    else await fuzzAll(target)
  } finally {
    await target.close()
  }
})

async function fuzzAll(target: FuzzTarget): Promise<void> {
  print(`seed ${seed}: sending ${FUZZ_REQUESTS} requests`)
  const startedAt = performance.now()
  const report = await fuzz({
    ...target,
    seed,
    requests: Number(FUZZ_REQUESTS),
    rounds: 20,
    maxMs: Number(FUZZ_MINUTES) * 60_000,
    onProgress: (sent) => print(`${sent} requests sent`),
  })
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const statuses = [...report.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`).join(', ')
  const found = report.findings.concat(await findDamage(target.site, target.world), target.site.faults())
  print(`${report.sent} requests in ${seconds} s; ${target.world.booked.size} reservations; ${statuses}`)
  for (const line of found) print(line)
  expect(found).toEqual([])
  expect(unreached(target.routes, report, HIDDEN_PATHS)).toEqual([])
}
