import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endLeftovers, findSupervisor } from './data-folder.ts'

const dir = resolve(process.env.DATA_DIR ?? '.data')
const supervisor = findSupervisor(dir)
if (supervisor) {
  process.kill(supervisor.pid, 'SIGTERM')
  for (let waited = 0; findSupervisor(dir) && waited < 40_000; waited += 100) await sleep(100)
}
await endLeftovers(dir)
process.stdout.write(supervisor ? 'NETicket is stopped; the data is kept.\n' : 'NETicket was not running.\n')
