import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { keepRotated, rotateLog } from './log-file.ts'

export type ProcessPlan = {
  name: string
  command: string[]
  env?: Record<string, string | undefined>
  /** Folder for `run/<name>.pid` and `logs/<name>.log`. */
  dir: string
  /** Called every 50 ms until it returns true, for at most `deadlineMs` (30 s). */
  isReady(): Promise<boolean>
  deadlineMs?: number
  /** The log is rotated above this size (default: `MAX_LOG_BYTES`), so that it does not fill the disk. */
  maxLogBytes?: number
}

export type Running = {
  name: string
  pid: number
  logFile: string
  /** Resolves when the process has ended for any reason. */
  ended: Promise<void>
  /** Sends SIGTERM, and SIGKILL after `timeoutMs`. */
  stop(timeoutMs?: number): Promise<void>
}

/**
 * Starts a process in a new session, so that Ctrl-C in the terminal does not reach it, and waits until it is ready. Throws with the last
 * lines of its log when it ends or does not become ready in time.
 */
export async function startProcess(plan: ProcessPlan): Promise<Running> {
  const { runDir, pidFile, logFile } = filesOf(plan.dir, plan.name)
  mkdirSync(runDir, { recursive: true })
  mkdirSync(join(plan.dir, 'logs'), { recursive: true })
  rotateLog(logFile, plan.maxLogBytes)
  const log = openSync(logFile, 'a')
  const [program, ...args] = plan.command
  const child = spawn(program!, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, ...plan.env } })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  if (child.pid === undefined) throw new Error(`Cannot start ${plan.name}: cannot run ${program}`)
  writeFileSync(pidFile, JSON.stringify({ pid: child.pid, words: args } satisfies ProcessMark))
  void ended.then(keepRotated(logFile, plan.maxLogBytes))

  const running: Running = {
    name: plan.name,
    pid: child.pid,
    logFile,
    ended,
    stop: (timeoutMs) => stopChild(child, ended, pidFile, timeoutMs),
  }
  const startedAt = performance.now()
  while (!await plan.isReady().catch(() => false)) {
    if (hasEnded(child)) {
      throw new Error(`Cannot start ${plan.name}: it ended at once. Its log, ${logFile}, ends:\n${lastLines(logFile)}`)
    }
    if (performance.now() - startedAt > (plan.deadlineMs ?? 30_000)) {
      await running.stop(1_000)
      throw new Error(`Cannot start ${plan.name}: it does not respond. Its log, ${logFile}, ends:\n${lastLines(logFile)}`)
    }
    await sleep(50)
  }
  return running
}

/** Ends the process that an earlier run left behind under this name. Returns whether there was one. */
export async function endLeftover(dir: string, name: string): Promise<boolean> {
  const { pidFile } = filesOf(dir, name)
  const left = readPidFile(pidFile)
  if (!left) return false
  const alive = () => isRunning(left)
  const found = alive()
  if (found) {
    signalGroup(left.pid, 'SIGTERM')
    for (let waited = 0; alive() && waited < 10_000; waited += 50) await sleep(50)
    if (alive()) signalGroup(left.pid, 'SIGKILL')
    while (alive()) await sleep(20)
  }
  rmSync(pidFile, { force: true })
  return found
}

/** Identifies a process by its id and parts of its command line: operating systems reuse ids, so the id alone is not enough. */
export const processMark = z.object({ pid: z.number(), words: z.array(z.string()) })
export type ProcessMark = z.infer<typeof processMark>

/** The mark of this process. */
export const thisProcess = (): ProcessMark => ({ pid: process.pid, words: [commandLine(process.pid) ?? ''] })

/** Whether a process still runs. */
export function isRunning({ pid, words }: ProcessMark): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // The arguments contain our folders and ports. The program's own name is left out, since some programs change how it is shown.
  const line = commandLine(pid)
  return line !== null && words.every((word) => line.includes(word))
}

/** Signals a process that was started here and its descendants: they form a process group. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It has ended already.
  }
}

/**
 * Returns a free TCP port and reserves it until this process ends. It is below 32768, where systems do not place outgoing connections, and a
 * UDP socket with the same number reserves it against other callers of this function in other processes.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 22_768)
    if (await claim(port) && !await isTaken(port)) return port
  }
  throw new Error('No port between 10000 and 32767 is free')
}

function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').once('error', () => resolve(false))
    socket.bind(port, '127.0.0.1', () => resolve(true)).unref()
  })
}

/** Whether a program listens on a port. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(true)).listen(
      port,
      '127.0.0.1',
      () => server.close(() => resolve(false)),
    )
  })
}

function filesOf(dir: string, name: string) {
  const runDir = join(dir, 'run')
  return { runDir, pidFile: join(runDir, `${name}.pid`), logFile: join(dir, 'logs', `${name}.log`) }
}

function readPidFile(file: string): ProcessMark | null {
  try {
    return processMark.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

function commandLine(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    const { stdout, success } = Bun.spawnSync(['ps', '-o', 'args=', '-p', String(pid)])
    return success ? stdout.toString() : null
  }
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

async function stopChild(child: ChildProcess, ended: Promise<void>, pidFile: string, timeoutMs = 15_000): Promise<void> {
  if (!hasEnded(child)) {
    signalGroup(child.pid!, 'SIGTERM')
    const timer = setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), timeoutMs)
    await ended
    clearTimeout(timer)
  }
  rmSync(pidFile, { force: true })
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).map((line) => `  ${line}`).join('\n')
  } catch {
    return '  (no log)'
  }
}
