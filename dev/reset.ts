import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { endLeftovers, findSupervisor, MARKER } from './data-folder.ts'

const dir = resolve(process.env.DATA_DIR ?? '.data')
if (!existsSync(dir)) leave(`There is nothing to delete: ${dir} does not exist.`, 0)
if (!existsSync(join(dir, MARKER))) leave(`${dir} was not made by NETicket, so it is left alone.`, 1)
const supervisor = findSupervisor(dir)
if (supervisor) leave(`NETicket is running at ${supervisor.url}: stop it first with "npm run stop".`, 1)
if (!process.argv.includes('--yes') && prompt(`Delete ${dir} with every account and reservation in it? Type "yes":`) !== 'yes') {
  leave('Nothing was deleted.', 1)
}
await endLeftovers(dir)
rmSync(dir, { recursive: true })
leave(`${dir} is deleted; "npm start" makes a new one.`, 0)

function leave(sentence: string, code: number): never {
  process.stdout.write(`${sentence}\n`)
  process.exit(code)
}
