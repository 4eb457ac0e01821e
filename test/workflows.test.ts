import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDER = join(ROOT, '.github/workflows')

const job = z.object({
  uses: z.string().optional(),
  'timeout-minutes': z.number().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  steps: z.array(z.object({ uses: z.string().optional(), run: z.string().optional() })).default([]),
})
const workflow = z.object({ permissions: z.record(z.string(), z.string()), jobs: z.record(z.string(), job) })
const workflows = readdirSync(FOLDER).map((file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  return { file, text, ...workflow.parse(Bun.YAML.parse(text)) }
})

describe.each(workflows)('$file', ({ text, permissions, jobs }) => {
  test('may read the repository, and take an identity at most; has no stored key; ends by itself', () => {
    expect(permissions).toEqual({ contents: 'read' })
    for (const { uses, 'timeout-minutes': minutes, permissions: own = {} } of Object.values(jobs)) {
      expect(Object.entries(own).filter(([name, right]) => right !== 'read' && name !== 'id-token')).toEqual([])
      if (!uses) expect(minutes).toBeLessThanOrEqual(120)
    }
    expect(text).not.toMatch(/secrets\.|AWS_SECRET_ACCESS_KEY/)
  })

  test('uses actions by their full commit', () => {
    const used = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
    expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([])
  })

  test('names no test that is not there', () => {
    const filters = [...text.matchAll(/npm test -- (.+)/g)].flatMap(([, words]) => words!.split(' '))
    const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) =>
      !file.startsWith('node_modules') && file.includes('.test.ts')
    )
    expect(filters.filter((filter) => !files.some((file) => file.includes(filter)))).toEqual([])
  })
})

describe('await-refresh.sh', () => {
  let dir: string
  beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'neticket-refresh-'))))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** Runs it with a client of AWS that answers these lines, one after the other, the last for ever. */
  function wait(...lines: string[]): number | null {
    writeFileSync(join(dir, 'lines'), lines.join('\n'))
    writeFileSync(
      join(dir, 'aws'),
      `#!/bin/sh\nhead -1 ${dir}/lines\n[ $(wc -l < ${dir}/lines) -eq 0 ] || sed -i 1d ${dir}/lines\n`,
    )
    chmodSync(join(dir, 'aws'), 0o755)
    const env = { PATH: `${dir}:${process.env.PATH}`, EVERY_SECONDS: '0', ATTEMPTS: '5' }
    return spawnSync(join(ROOT, 'terraform/await-refresh.sh'), ['2026-01-01T00:00:00', 'group'], { env }).status
  }

  test('ends well when the refresh does, or when there is none', () => {
    expect(wait('Pending\tNone\tNone', 'InProgress\t50\tNone', 'Successful\t100\tNone')).toBe(0)
    expect(wait('None')).toBe(0)
  })

  test('fails when it was rolled back, failed, or never ends', () => {
    for (const status of ['RollbackSuccessful', 'RollbackFailed', 'Failed', 'Cancelled']) {
      expect(wait('InProgress\t50\tNone', 'RollbackInProgress\t50\tNone', `${status}\t50\tunhealthy`), status).toBe(1)
    }
    expect(wait('InProgress\t50\tNone')).toBe(1)
  })
})

describe('roll.sh', () => {
  let dir: string
  beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'neticket-roll-'))))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** Runs it for a group that has version 7; what it asked of AWS after it looked. */
  function roll(template: string): string[] {
    const asked = join(dir, 'asked')
    rmSync(asked, { force: true })
    const answer = 'case $2 in describe-*) echo 7 ;; *) for word; do echo "$word"; done >> "$ASKED" ;; esac'
    writeFileSync(join(dir, 'aws'), `#!/bin/sh\n${answer}\n`)
    chmodSync(join(dir, 'aws'), 0o755)
    const env = { PATH: `${dir}:${process.env.PATH}`, ASKED: asked }
    expect(spawnSync(join(ROOT, 'terraform/roll.sh'), ['shop-edge', template], { env }).status).toBe(0)
    return existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : []
  }

  test('brings a group to another version, with the way back', () => {
    const asked = roll('lt-0123:8')
    expect(asked.slice(0, 4)).toEqual(['autoscaling', 'start-instance-refresh', '--auto-scaling-group-name', 'shop-edge'])
    const after = (option: string) => JSON.parse(asked[asked.indexOf(option) + 1]!)
    expect(after('--desired-configuration')).toEqual({ LaunchTemplate: { LaunchTemplateId: 'lt-0123', Version: '8' } })
    expect(after('--preferences')).toMatchObject({ MinHealthyPercentage: 100, AutoRollback: true })
  })

  test('leaves a group alone that has the version', () => {
    expect(roll('lt-0123:7')).toEqual([])
  })
})
