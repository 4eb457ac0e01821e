/** Uses localStorage or sessionStorage; returns `fallback` where the visitor blocks storage, since browsers throw then. */
export function withStorage<Value>(use: () => Value, fallback: Value): Value {
  try {
    return use()
  } catch {
    return fallback
  }
}
