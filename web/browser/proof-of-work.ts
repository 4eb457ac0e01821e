/**
 * The work that a browser must do before it may join: find the integer n in 0 … maxnumber for which the SHA-256 of salt + n, in hex, is
 * `challenge`. The format is version 1 of ALTCHA's (altcha-lib/v1).
 */
export type ProofOfWorkChallenge = { algorithm: 'SHA-256'; challenge: string; salt: string; maxnumber: number; signature: string }

const BATCH = 64
/** The longest time for which the page does not render. */
const BUSY_MS = 15

/**
 * Solves a challenge. Returns the text that `check()` in edge/proof-of-work.ts takes: at most 1,024 ASCII characters, fit for a header.
 * Lets the page render every 50 ms or more often; `pause` waits until it has. Rejects in a page without crypto.subtle, and for a challenge
 * without a solution.
 */
export async function solveProofOfWork(
  { algorithm, challenge, salt, maxnumber, signature }: ProofOfWorkChallenge,
  pause: () => Promise<unknown> = nextTask,
): Promise<string> {
  const subtle = globalThis.crypto?.subtle
  if (!subtle) throw new Error('no crypto.subtle')
  const encoder = new TextEncoder()
  const target = Uint8Array.from(challenge.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  let since = performance.now()
  for (let first = 0; first <= maxnumber; first += BATCH) {
    const size = Math.min(BATCH, maxnumber + 1 - first)
    const hashes = await Promise.all(
      Array.from({ length: size }, (_, i) => subtle.digest(algorithm, encoder.encode(salt + (first + i)))),
    )
    const found = hashes.findIndex((hash) => new Uint8Array(hash).every((byte, i) => byte === target[i]))
    if (found >= 0) return btoa(JSON.stringify({ algorithm, challenge, number: first + found, salt, signature }))
    if (performance.now() - since < BUSY_MS) continue
    await pause()
    since = performance.now()
  }
  throw new Error('no solution')
}

/** Resolves in a new task, after the page could render. Browsers throttle timers in a background tab, but not messages. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
