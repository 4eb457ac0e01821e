/**
 * What a browser has to do before it may join: find the whole number n in 0 … maxnumber for which the SHA-256 of salt + n, in hex, is
 * `challenge`. The format is ALTCHA's first (altcha-lib/v1).
 */
export type ProofOfWorkChallenge = { algorithm: 'SHA-256'; challenge: string; salt: string; maxnumber: number; signature: string }

/**
 * Finds the solution of a challenge, as the text that `check()` in edge/proof-of-work.ts takes: at most 1,024 ASCII characters, fit for a header.
 * Gives the page a turn at least each 50 ms. Rejects where the page has no crypto.subtle, and for a challenge without a solution.
 *
 * It is put into the waiting page with `Function.prototype.toString()`: it must be whole in itself, with no name from outside but globals of
 * the web platform.
 */
export async function solveProofOfWork(
  { algorithm, challenge, salt, maxnumber, signature }: ProofOfWorkChallenge,
): Promise<string> {
  const subtle = globalThis.crypto?.subtle
  if (!subtle) throw new Error('crypto.subtle is missing: open the page over https')
  const batch = 64
  const busyMs = 15
  const encoder = new TextEncoder()
  const target = Uint8Array.from(challenge.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  // Unlike a timer, a message is not held back while the tab is in the background.
  const { port1, port2 } = new MessageChannel()
  const letPageRun = () =>
    new Promise((resolve) => {
      port1.onmessage = resolve
      port2.postMessage(null)
    })
  try {
    let since = performance.now()
    for (let first = 0; first <= maxnumber; first += batch) {
      const size = Math.min(batch, maxnumber + 1 - first)
      const hashes = await Promise.all(
        Array.from({ length: size }, (_, i) => subtle.digest(algorithm, encoder.encode(salt + (first + i)))),
      )
      const found = hashes.findIndex((hash) => new Uint8Array(hash).every((byte, i) => byte === target[i]))
      if (found >= 0) return btoa(JSON.stringify({ algorithm, challenge, number: first + found, salt, signature }))
      if (performance.now() - since < busyMs) continue
      await letPageRun()
      since = performance.now()
    }
  } finally {
    port1.close()
  }
  throw new Error('the challenge has no solution')
}
