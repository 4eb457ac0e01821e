/**
 * A store cannot serve for the moment: unreachable, too slow, overloaded, or failing over. Not a bug of ours: the caller answers 503 and
 * the client retries. Only the adapter of each store creates it (`redis/client.ts`, `mysql.ts`, `origin/images.ts`), from the error of
 * its client, which stays as `cause`.
 */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
  constructor(readonly store: 'redis' | 'mysql' | 's3', message: string, options?: ErrorOptions) {
    super(message, options)
  }
}

/** Words by which the clients of Redis and MySQL say that the store is away, too slow or not ready: not a bug of ours. */
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_SP_DOES_NOT_EXIST',
])
const AWAY_MESSAGE =
  /^(Command timed out|Connection is closed|Stream isn't writeable|Reached the max retries|Pool is closed|Queue limit reached|Socket timeout|Can't add new command when connection is in closed state|None of startup nodes|Failed to refresh slots cache|Too many Cluster redirections|All keys in the pipeline|Cluster (isn't ready|is ended)|(MOVED|ASK|TRYAGAIN|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|OOM|MISCONF|UNBLOCKED) )/

/** Whether an error, or one of its causes (Drizzle wraps errors), is a StoreUnavailable. */
export function isStoreUnavailable(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof StoreUnavailable) return true
    if (AWAY.has((cause as { code?: string }).code ?? '') || AWAY_MESSAGE.test(cause.message)) return true
  }
  return false
}
