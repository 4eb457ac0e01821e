/** What is in flight when a program takes no more requests is waited for no longer than this; so is the closing of its parts. */
export const FINISH_MS = 10_000

type Answer<Rest extends unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>

type Program = {
  /** Takes no more connections; resolves when what is in flight has been answered. */
  finish(): Promise<unknown>
  /** Closes the program's parts, after its last answer. */
  close(): unknown
  exit(code: number): void
}

/**
 * How a program leaves without a failed request. From the first signal on `/readyz` says that it goes, while all else is answered as ever for
 * `drainMs`: longer than its balancer needs to notice, which then sends nothing new. Each answer asks its client to close the connection,
 * so that nobody keeps one to a program that is gone. Then it takes no more, finishes what is in flight, closes its parts and exits.
 */
export function openDrain(drainMs: number, log: (event: string, facts: Record<string, unknown>) => void) {
  let isDraining = false
  return {
    /** The program's answers, as they are while it runs and while it drains. */
    guard: <Rest extends unknown[]>(answer: Answer<Rest>): Answer<Rest> => (request, ...rest) =>
      isDraining ? answerLast(answer, request, rest) : answer(request, ...rest),

    /** What a signal does. A second one ends the program at once. */
    whenAsked: ({ finish, close, exit }: Program) => async (): Promise<void> => {
      if (isDraining) return exit(1)
      isDraining = true
      log('draining', { ms: drainMs })
      await new Promise((resolve) => setTimeout(resolve, drainMs))
      const isFinished = await within(FINISH_MS, finish())
      const isClosed = await within(FINISH_MS, close())
      log('stopped', { isFinished, isClosed })
      exit(0)
    },
  }
}

async function answerLast<Rest extends unknown[]>(answer: Answer<Rest>, request: Request, rest: Rest): Promise<Response> {
  if (new URL(request.url).pathname === '/readyz') {
    return Response.json({ ready: false, draining: true }, { status: 503, headers: { 'cache-control': 'no-store', ...LAST } })
  }
  const { body, status, statusText, headers } = await answer(request, ...rest)
  return new Response(body, { status, statusText, headers: [...headers, ...Object.entries(LAST)] })
}

const LAST = { connection: 'close' }

/** Whether something came to its end in time; what it throws is thrown. */
function within(ms: number, work: unknown): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  return Promise.race([Promise.resolve(work).then(() => true), late]).finally(() => clearTimeout(timer))
}
