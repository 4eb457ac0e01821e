import type { Running } from './processes.ts'
import { signalGroup } from './processes.ts'
import type { Print } from './programs.ts'

/** A process of the shop. `running` is a promise because the process may be starting, for the first time or again. */
export type Part = {
  name: string
  start(): Promise<Running>
  running: Promise<Running>
  /** Whether `restartPart` has ended the process, so that this end does not count as a crash. */
  isRestarting: boolean
}

const RESTARTS_PER_MINUTE = 10

/** The parts of a shop in the order of their start. */
export type Parts = {
  /** Adds a part that is running. */
  add(name: string, start: () => Promise<Running>, running: Running): void
  /** Starts a part, adds it, and waits until it is ready. */
  start(name: string, start: () => Promise<Running>): Promise<void>
  /** Restarts parts that crash; resolves when one crashes too often or cannot be started. */
  supervise(): Promise<Error>
  /** Restarts parts by name, for example to load new browser code. */
  restart(names: readonly string[]): Promise<void>
  /** Stops all parts, the last one first. */
  stop(print: Print): Promise<void>
  /** Kills all parts without waiting. */
  kill(): void
}

export function createParts(print: Print, now: () => number): Parts {
  const parts: Part[] = []
  let isStopping = false
  return {
    add: (name, start, running) => void parts.push({ name, start, running: Promise.resolve(running), isRestarting: false }),
    async start(name, start) {
      const part: Part = { name, start, running: start(), isRestarting: false }
      parts.push(part)
      await part.running
    },
    supervise: () => Promise.race(parts.map((part) => superviseOne(part, print, now, () => isStopping))),
    async restart(names) {
      await Promise.all(parts.filter(({ name }) => names.includes(name)).map(restartPart))
    },
    async stop(print) {
      isStopping = true
      for (const part of parts.reverse()) {
        print(`  stopping ${part.name}`)
        // Waits for a part that is starting, so that no process is left behind.
        await part.running.then((running) => running.stop(), () => {})
      }
    },
    kill: () => parts.forEach((part) => part.running.then(({ pid }) => signalGroup(pid, 'SIGKILL'), () => {})),
  }
}

async function restartPart(part: Part): Promise<void> {
  part.isRestarting = true
  await part.running.then((running) => running.stop(), () => {})
}

async function superviseOne(part: Part, print: Print, now: () => number, isStopping: () => boolean): Promise<Error> {
  let crashes: number[] = []
  while (true) {
    const running = await part.running
    await running.ended
    if (isStopping()) return await new Promise<never>(() => {})
    if (part.isRestarting) part.isRestarting = false
    else {
      crashes = [...crashes.filter((at) => now() - at < 60_000), now()]
      if (crashes.length > RESTARTS_PER_MINUTE) {
        return new Error(`The ${part.name} ended ${RESTARTS_PER_MINUTE} times in a minute; its log is ${running.logFile}`)
      }
      print(`The ${part.name} has ended; restarting it`)
    }
    part.running = part.start()
    try {
      await part.running
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }
}
