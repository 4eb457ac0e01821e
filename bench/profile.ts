import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

/** The file that V8 and JavaScriptCore write with --cpu-prof: call tree nodes, and the node of each sample. */
const cpuProfile = z.object({
  nodes: z.array(z.object({
    id: z.number(),
    callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
  })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})

/** Self time of a function, as a share of the time in which anything ran. */
export type Hot = { what: string; share: number }

/** Arguments with which a runtime writes a CPU profile into a folder when it exits. */
export const profileInto = (folder: string | null, name: string): string[] =>
  folder === null
    ? []
    : ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}-${randomUUID().slice(0, 8)}.cpuprofile`]

/** The hottest functions of each profile in a folder, hottest first. */
export function readProfiles(folder: string, atMost = 40): Map<string, Hot[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile')).sort()
  return new Map(
    files.map((file) => [file, hottest(cpuProfile.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))), atMost)]),
  )
}

function hottest({ nodes, samples, timeDeltas }: z.infer<typeof cpuProfile>, atMost: number): Hot[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const spent = new Map<string, number>()
  let all = 0
  for (const [i, id] of samples.entries()) {
    const [name, us] = [names.get(id) ?? '', timeDeltas[i] ?? 0]
    if (IDLE.has(name)) continue
    all += us
    spent.set(name, (spent.get(name) ?? 0) + us)
  }
  return [...spent].sort(([, a], [, b]) => b - a).slice(0, atMost).map(([what, us]) => ({ what, share: us / all }))
}

const IDLE = new Set(['(idle)', '(root)'])

function nameOf({ functionName, url, lineNumber }: { functionName: string; url: string; lineNumber: number }): string {
  const file = url.split('/').slice(-2).join('/')
  return file ? `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}` : functionName
}
