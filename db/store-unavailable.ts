/**
 * A store cannot serve for the moment: unreachable, too slow, overloaded, or failing over. It is not a bug: the caller returns 503 and the
 * client retries. The adapter of each store creates it (`redis/client.ts`, `mysql.ts`, `origin/images.ts`) from the error of its
 * client, which stays as `cause`; so does the origin for MySQL when it does not wait for it (`mysql-health.ts`, `catalogue-refresh.ts`).
 */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
  constructor(readonly store: 'redis' | 'mysql' | 's3', message: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/** Whether an error, or one of its causes (Drizzle wraps errors), is a StoreUnavailable. */
export function isStoreUnavailable(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof StoreUnavailable) return true
  }
  return false
}
