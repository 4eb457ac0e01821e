/**
 * Single-flight with a cut-off: concurrent callers with the same key share one run of `work`, and its promise.
 *
 * Callers join the current run until `work` calls `cutOff`, or until it settles. Later callers share the next run, which starts when the
 * current one has settled, so runs of one key never overlap. A group commit calls `cutOff` just before it reads the data to commit: a later
 * caller may have written data that this run does not read.
 */
export function createSingleFlight<Key, Result>(
  work: (key: Key, cutOff: () => void) => Promise<Result>,
): (key: Key) => Promise<Result> {
  const open = new Map<Key, Promise<Result>>()
  const last = new Map<Key, Promise<void>>()
  return (key) => {
    const current = open.get(key)
    if (current) return current
    const cutOff = () => void (open.get(key) === run && open.delete(key))
    const run: Promise<Result> = (last.get(key) ?? Promise.resolve()).then(() => work(key, cutOff))
    const settled = run.then(() => {}, () => {}).then(() => {
      cutOff()
      if (last.get(key) === settled) last.delete(key)
    })
    open.set(key, run)
    last.set(key, settled)
    return run
  }
}
