import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../test/until.ts'
import { rotateLog } from './log-file.ts'
import { startProcess } from './processes.ts'

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'neticket-logs-'))))
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('a log above the size is moved to the one old file; a smaller or missing one stays', () => {
  const file = join(dir, 'edge.log')
  rotateLog(file, 10)
  writeFileSync(file, 'short')
  rotateLog(file, 10)
  expect([readFileSync(file, 'utf8'), existsSync(`${file}.1`)]).toEqual(['short', false])
  for (const text of ['the first text', 'the second text']) {
    writeFileSync(file, text)
    rotateLog(file, 10)
    expect([readFileSync(file, 'utf8'), readFileSync(`${file}.1`, 'utf8')]).toEqual(['', text])
  }
})

test('the log of a running program stays small, and the program keeps writing to it', async () => {
  const MAX_BYTES = 10_000
  const chatter = `let i = 0; setInterval(() => process.stdout.write(('line ' + i++ + '\\n').repeat(500)), 5)`
  const running = await startProcess({
    name: 'chatter',
    command: [process.execPath, '-e', chatter],
    dir,
    maxLogBytes: MAX_BYTES,
    isReady: () => Promise.resolve(true),
  })
  const rotatedAt = () => (existsSync(`${running.logFile}.1`) ? statSync(`${running.logFile}.1`).mtimeMs : 0)
  try {
    await until(() => Promise.resolve(rotatedAt() > 0))
    const first = rotatedAt()
    await until(() => Promise.resolve(rotatedAt() > first))
  } finally {
    await running.stop()
  }
  // A gap of zeros would show that the program does not append.
  expect(readFileSync(`${running.logFile}.1`, 'utf8')).toMatch(/^(?:line \d+\n)/)
})
