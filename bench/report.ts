import { sql } from 'drizzle-orm'
import { spawnSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { resolve } from 'node:path'
import type { ScenarioResult } from './bench.ts'
import { isMet, showTarget, showValue } from './scenario.ts'
import type { Stage } from './stage.ts'

export type Report = {
  commit: string
  date: string
  machine: { model: string; cores: number; memoryGb: number; system: string }
  versions: Record<string, string>
  parameters: { rounds: number; quick: boolean; scenarios: string[] }
  scenarios: (ScenarioResult & { name: string; question: string; seconds: number })[]
}

/** Describes the machine and the versions of the programs. */
export async function describeMachine({ redis, db }: Pick<Stage, 'redis' | 'db'>): Promise<Pick<Report, 'machine' | 'versions'>> {
  const [row] = await db.select({ version: sql<string>`version()` }).from(sql`dual`)
  const versionOf = (program: string) =>
    spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout?.match(/\d+\.\d+\.\d+/)?.[0] ?? ''
  return {
    machine: {
      model: cpus()[0]?.model.trim() ?? '',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${process.arch}`,
    },
    versions: {
      bun: process.versions['bun'] ?? '',
      deno: versionOf(resolve(import.meta.dirname, '../node_modules/.bin/deno')),
      node: versionOf('node'),
      redis: (await redis.info('server')).match(/redis_version:(\S+)/)?.[1] ?? '',
      mysql: row?.version ?? '',
    },
  }
}

/** The measured commit; with a plus when the work tree has changes. */
export function readCommit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname }).stdout?.trim() ?? ''
  return `${git('rev-parse', '--short', 'HEAD') || 'unknown'}${git('status', '--porcelain', '--untracked-files=no') ? '+' : ''}`
}

/** The figures of a report as a Markdown table. */
export const renderTable = ({ scenarios }: Pick<Report, 'scenarios'>): string =>
  [
    '| scenario | what | measured | target | met |',
    '| --- | --- | --- | --- | --- |',
    ...scenarios.flatMap(({ name, figures }) =>
      figures.map((figure) => `| ${name} | ${figure.what} | ${showValue(figure)} | ${showTarget(figure)} | ${isMet(figure)} |`)
    ),
  ].join('\n')
