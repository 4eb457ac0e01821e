/**
 * Lets callers share rounds of some work, for each key. A round can be joined until its work calls `begin`, which it does before it looks
 * at what there is to do: whoever comes later may have brought something that it has not seen, and gets the next one. That begins as
 * soon as this one has ended. All who share a round get the same promise.
 */
export function shareRounds<Key, Result>(
  work: (key: Key, begin: () => void) => Promise<Result>,
): (key: Key) => Promise<Result> {
  const joinable = new Map<Key, Promise<Result>>()
  const last = new Map<Key, Promise<void>>()
  return (key) => {
    const open = joinable.get(key)
    if (open) return open
    const begin = () => void (joinable.get(key) === round && joinable.delete(key))
    const round: Promise<Result> = (last.get(key) ?? Promise.resolve()).then(() => work(key, begin))
    const ended = round.then(() => {}, () => {}).then(() => {
      begin()
      if (last.get(key) === ended) last.delete(key)
    })
    joinable.set(key, round)
    last.set(key, ended)
    return round
  }
}

/** Lets at most so many tasks run at a time; the others wait in their order. */
export function atMost(limit: number): <Result>(task: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => Promise<unknown>)[] = []
  let workers = 0
  async function work() {
    workers++
    for (let task = waiting.shift(); task; task = waiting.shift()) await task()
    workers--
  }
  return (task) =>
    new Promise((resolve, reject) => {
      waiting.push(() => task().then(resolve, reject))
      if (workers < limit) void work()
    })
}
