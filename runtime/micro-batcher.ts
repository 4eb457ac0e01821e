/** Limits of a micro-batcher: items per batch, time that an item waits for others, and batches in flight at once. */
export type BatchLimits = { maxSize: number; maxWaitMs: number; concurrency: number }

type Pending<Item, Reply> = { item: Item; resolve(reply: Reply | PromiseLike<Reply>): void; reject(error: unknown): void }

/**
 * Batches concurrent calls, in order. Sends immediately when idle; for `maxWaitMs` after that, items wait for a full batch. `send` must return
 * one reply for each item, or the promise of one, and counts as in flight until then. When `send` rejects, every call of that batch rejects.
 */
export function createMicroBatcher<Item, Reply>(
  send: (items: Item[]) => Promise<readonly (Reply | PromiseLike<Reply>)[]>,
  { maxSize, maxWaitMs, concurrency }: BatchLimits,
): (item: Item) => Promise<Reply> {
  let queue: Pending<Item, Reply>[] = []
  let inFlight = 0
  let isCollecting = false

  function flush(): void {
    if (queue.length === 0 || inFlight >= concurrency || (isCollecting && queue.length < maxSize)) return
    const batch = queue.slice(0, maxSize)
    queue = queue.slice(maxSize)
    inFlight++
    isCollecting = true
    setTimeout(() => {
      isCollecting = false
      flush()
    }, maxWaitMs)
    send(batch.map(({ item }) => item)).then(
      (replies) => batch.forEach(({ resolve }, i) => resolve(replies[i]!)),
      (error: unknown) => batch.forEach(({ reject }) => reject(error)),
    ).finally(() => {
      inFlight--
      flush()
    })
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject })
      flush()
    })
}
