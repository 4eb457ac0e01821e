/** A signal that aborts a request after a time. `AbortSignal.timeout` is missing in Safari before 16, Chrome before 103 and Firefox before 100. */
export function timeoutSignal(ms: number): AbortSignal {
  const controller = new AbortController()
  setTimeout(() => controller.abort(), ms)
  return controller.signal
}
