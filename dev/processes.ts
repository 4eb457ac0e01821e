import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type ProcessPlan = {
  name: string
  command: string[]
  env?: Record<string, string | undefined>
  /** Folder for `run/<name>.pid` and `logs/<name>.log`. */
  dir: string
  /** Asked every 50 ms until it says true; never for longer than `deadlineMs` (30 s). */
  isReady(): Promise<boolean>
  deadlineMs?: number
}

export type Running = {
  name: string
  pid: number
  logFile: string
  /** Resolves when the process has ended, for whatever reason. */
  ended: Promise<void>
  /** Asks it to end, and makes it after `patienceMs`. */
  stop(patienceMs?: number): Promise<void>
}

/**
 * Starts a process in a session of its own, so that a terminal's Ctrl-C does not reach it, and waits until it is ready.
 * Throws with the last lines of its log when it dies or stays silent.
 */
export async function startProcess(plan: ProcessPlan): Promise<Running> {
  const { runDir, pidFile, logFile } = filesOf(plan.dir, plan.name)
  mkdirSync(runDir, { recursive: true })
  mkdirSync(join(plan.dir, 'logs'), { recursive: true })
  const log = openSync(logFile, 'a')
  const [program, ...args] = plan.command
  const child = spawn(program!, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, ...plan.env } })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  if (child.pid === undefined) throw new Error(`Cannot start ${plan.name}: cannot run ${program}`)
  writeFileSync(pidFile, JSON.stringify({ pid: child.pid, words: args } satisfies Known))

  const running: Running = {
    name: plan.name,
    pid: child.pid,
    logFile,
    ended,
    stop: (patienceMs) => stopChild(child, ended, pidFile, patienceMs),
  }
  const giveUpAt = Date.now() + (plan.deadlineMs ?? 30_000)
  while (!await plan.isReady().catch(() => false)) {
    if (hasEnded(child)) {
      throw new Error(`Cannot start ${plan.name}: it ended at once. Its log, ${logFile}, ends:\n${lastLines(logFile)}`)
    }
    if (Date.now() > giveUpAt) {
      await running.stop(1_000)
      throw new Error(`Cannot start ${plan.name}: it does not answer. Its log, ${logFile}, ends:\n${lastLines(logFile)}`)
    }
    await sleep(50)
  }
  return running
}

/** Ends what an earlier run left behind under this name, if its process is still the one that was started. */
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

/** A process by its number and words of its command line: numbers are used again, so a number alone proves nothing. */
export type Known = { pid: number; words: string[] }

/** This process, so that another can know it. */
export const thisProcess = (): Known => ({ pid: process.pid, words: [commandLine(process.pid) ?? ''] })

/** Whether a process still runs. */
export function isRunning({ pid, words }: Known): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // Our arguments name our folders and ports; how a program shows its first word is its own affair.
  const line = commandLine(pid)
  return line !== null && words.every((word) => line.includes(word))
}

/** Signals a process that was started here and all that it started: each leads a group of its own. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // Gone already.
  }
}

/**
 * A TCP port of this machine that nobody listens on, nor will before the asker: systems give outgoing connections ports from 32768 up,
 * and a UDP socket of the same number, held while this process lives, keeps it from others who ask here.
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

/** Whether somebody listens on a port already. */
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

function readPidFile(file: string): Known | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Known
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

async function stopChild(child: ChildProcess, ended: Promise<void>, pidFile: string, patienceMs = 15_000): Promise<void> {
  if (!hasEnded(child)) {
    signalGroup(child.pid!, 'SIGTERM')
    const impatience = setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), patienceMs)
    await ended
    clearTimeout(impatience)
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
