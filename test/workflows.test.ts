import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { readTiers } from './tiers.ts'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDER = join(ROOT, '.github/workflows')

const job = z.object({
  uses: z.string().optional(),
  'timeout-minutes': z.number().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  steps: z.array(z.object({ uses: z.string().optional(), run: z.string().optional() })).default([]),
})
const workflow = z.object({ permissions: z.record(z.string(), z.string()), jobs: z.record(z.string(), job) })
const { unit, integration } = readTiers()
const testFiles = [...unit, ...integration]
const workflows = readdirSync(FOLDER).map((file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8')
  return { file, text, ...workflow.parse(Bun.YAML.parse(text)) }
})

describe.each(workflows)('$file', ({ text, permissions, jobs }) => {
  test('has read access and at most an identity token, uses no stored key, and has time-outs', () => {
    expect(permissions).toEqual({ contents: 'read' })
    for (const { uses, 'timeout-minutes': minutes, permissions: own = {} } of Object.values(jobs)) {
      expect(Object.entries(own).filter(([name, right]) => right !== 'read' && name !== 'id-token')).toEqual([])
      if (!uses) expect(minutes).toBeLessThanOrEqual(120)
    }
    expect(text).not.toMatch(/secrets\.|AWS_SECRET_ACCESS_KEY/)
  })

  test('pins actions to a full commit', () => {
    const used = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
    expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/.test(action))).toEqual([])
  })

  test('names only tests that exist', () => {
    const filters = [...text.matchAll(/npm test -- (.+)/g)].flatMap(([, args]) => args!.split(' '))
    expect(filters.filter((filter) => !testFiles.some((file) => file.includes(filter)))).toEqual([])
  })
})

test('vulnerable packages are looked for each week and for each change, without installing any', () => {
  const { text, jobs } = workflows.find(({ file }) => file === 'audit.yml')!
  expect(Object.keys((Bun.YAML.parse(text) as { on: object }).on)).toEqual(['schedule', 'pull_request'])
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
  expect(commands).toEqual(['npm audit --package-lock-only --omit=dev --audit-level=high'])
})

describe('await-refresh.sh', () => {
  let dir: string
  beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'neticket-refresh-'))))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** Runs the script with an `aws` that prints these lines, one at each call, and then the last one repeatedly. Returns the exit status. */
  function awaitRefresh(...lines: string[]): number | null {
    writeFileSync(join(dir, 'lines'), lines.join('\n'))
    writeFileSync(
      join(dir, 'aws'),
      `#!/bin/sh\nhead -1 ${dir}/lines\n[ $(wc -l < ${dir}/lines) -eq 0 ] || sed -i 1d ${dir}/lines\n`,
    )
    chmodSync(join(dir, 'aws'), 0o755)
    const env = { PATH: `${dir}:${process.env.PATH}`, EVERY_SECONDS: '0', ATTEMPTS: '5' }
    return spawnSync(join(ROOT, 'terraform/await-refresh.sh'), ['2026-01-01T00:00:00', 'group'], { env }).status
  }

  test('succeeds when the refresh succeeds, or when there is none', () => {
    expect(awaitRefresh('Pending\tNone\tNone', 'InProgress\t50\tNone', 'Successful\t100\tNone')).toBe(0)
    expect(awaitRefresh('None')).toBe(0)
  })

  test('fails when the refresh is rolled back, fails, or does not end', () => {
    for (const status of ['RollbackSuccessful', 'RollbackFailed', 'Failed', 'Cancelled']) {
      expect(awaitRefresh('InProgress\t50\tNone', 'RollbackInProgress\t50\tNone', `${status}\t50\tunhealthy`), status).toBe(1)
    }
    expect(awaitRefresh('InProgress\t50\tNone')).toBe(1)
  })
})

describe('roll.sh', () => {
  let dir: string
  beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'neticket-roll-'))))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  /** Runs the script for a group that has version 7. Returns the arguments of its calls of `aws` that change something. */
  function roll(template: string, more: Record<string, string> = {}): string[] {
    const changes = join(dir, 'changes')
    rmSync(changes, { force: true })
    const fakeAws = 'case $2 in describe-*) echo 7 ;; *) printf "%s\\n" "$@" >> "$CHANGES" ;; esac'
    writeFileSync(join(dir, 'aws'), `#!/bin/sh\n${fakeAws}\n`)
    chmodSync(join(dir, 'aws'), 0o755)
    const env = { PATH: `${dir}:${process.env.PATH}`, CHANGES: changes, ...more }
    expect(spawnSync(join(ROOT, 'terraform/roll.sh'), ['shop-edge', template], { env }).status).toBe(0)
    return existsSync(changes) ? readFileSync(changes, 'utf8').trim().split('\n') : []
  }

  test('moves a group to another version, with automatic rollback', () => {
    const change = roll('lt-0123:8')
    expect(change.slice(0, 4)).toEqual(['autoscaling', 'start-instance-refresh', '--auto-scaling-group-name', 'shop-edge'])
    const after = (option: string) => JSON.parse(change[change.indexOf(option) + 1]!)
    expect(after('--desired-configuration')).toEqual({ LaunchTemplate: { LaunchTemplateId: 'lt-0123', Version: '8' } })
    expect(after('--preferences')).toMatchObject({ MinHealthyPercentage: 100, AutoRollback: true })
  })

  test('rolls back when an alarm of the fleet sounds, unless that is switched off to deploy a fix', () => {
    const preferencesOf = (change: string[]) => JSON.parse(change[change.indexOf('--preferences') + 1]!)
    const guarded = preferencesOf(roll('lt-0123:8'))
    expect(guarded).toMatchObject({ BakeTime: 300, AlarmSpecification: { Alarms: ['shop-edge-5xx', 'shop-edge-p99'] } })
    // The alarms of observability.tf are named after the role, and the groups after the system and the role.
    const alarms = readFileSync(join(ROOT, 'terraform/observability.tf'), 'utf8')
    for (const alarm of guarded.AlarmSpecification.Alarms) {
      expect(alarms).toContain(`"\${role}-${alarm.replace('shop-edge-', '')}"`)
    }
    const free = preferencesOf(roll('lt-0123:8', { WITHOUT_ALARMS: '1' }))
    expect(free).toMatchObject({ AutoRollback: true })
    expect(free.AlarmSpecification).toBeUndefined()
  })

  test('the deploy replaces the origins, waits for them, and only then replaces the edges', () => {
    const { text } = workflows.find(({ file }) => file === 'deploy.yml')!
    const calls = [...text.matchAll(/\.\/(roll|await-refresh)\.sh .*?(origin|edge)_group/g)].map(([, script, fleet]) =>
      `${script} ${fleet}`
    )
    expect(calls).toEqual(['roll origin', 'await-refresh origin', 'roll edge', 'await-refresh edge'])
  })

  test('changes nothing for a group that has the version', () => {
    expect(roll('lt-0123:7')).toEqual([])
  })
})
