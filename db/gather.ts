/** How many may go in one call, how long the first waits for others, and how many calls may be under way at once. */
export type Gathering = { atMost: number; withinMs: number; calls: number }

/**
 * Makes one call of many: what is asked shortly after one another goes together, in its order. Who asks while nothing is under way, and has
 * not been lately, goes at once. When a call fails, all that went with it fail.
 */
export function openGather<Item, Reply>(
  send: (items: Item[]) => Promise<readonly Reply[]>,
  { atMost, withinMs, calls }: Gathering,
): (item: Item) => Promise<Reply> {
  let waiting: { item: Item; give(reply: Reply): void; fail(error: unknown): void }[] = []
  let underWay = 0
  let isPausing = false

  function depart(): void {
    if (waiting.length === 0 || underWay >= calls || (isPausing && waiting.length < atMost)) return
    const gone = waiting.slice(0, atMost)
    waiting = waiting.slice(atMost)
    underWay++
    isPausing = true
    setTimeout(() => {
      isPausing = false
      depart()
    }, withinMs)
    send(gone.map(({ item }) => item)).then(
      (replies) => gone.forEach(({ give }, i) => give(replies[i]!)),
      (error: unknown) => gone.forEach(({ fail }) => fail(error)),
    ).finally(() => {
      underWay--
      depart()
    })
  }

  return (item) =>
    new Promise((give, fail) => {
      waiting.push({ item, give, fail })
      depart()
    })
}
