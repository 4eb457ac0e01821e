import { spawnSync, type SpawnSyncReturns } from 'node:child_process'

const LIMIT_MS = 60_000

/**
 * Runs a program to its end and returns its output and status. A test's own time limit cannot interrupt this, so a program that does not end
 * within a minute is killed, and started once more: a runtime that is started beside many others has hung while it loaded its modules.
 */
export function runProgram(
  program: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): SpawnSyncReturns<string> {
  const start = () =>
    spawnSync(
      program,
      args,
      Object.assign({ encoding: 'utf8' as const, timeout: LIMIT_MS, killSignal: 'SIGKILL' as const }, options),
    )
  const first = start()
  return first.signal === 'SIGKILL' ? start() : first
}
