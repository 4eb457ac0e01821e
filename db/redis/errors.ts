/** Error classes of ioredis, by name. */
const CLIENT_ERRORS = new Set(['MaxRetriesPerRequestError', 'ClusterAllFailedError', 'AbortError'])
/** System errors of a connection. */
const SYSTEM_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'])
/** First words of error replies: Redis prefixes an error with its kind. */
const REPLY_KINDS = new Set([
  'MOVED',
  'ASK',
  'TRYAGAIN',
  'LOADING',
  'READONLY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'NOREPLICAS',
  'OOM',
  'MISCONF',
  'UNBLOCKED',
])
/** Errors of ioredis without a class or a code, by the beginning of their message. */
const CLIENT_MESSAGES = [
  'Command timed out',
  'Connection is closed',
  "Stream isn't writeable",
  'Socket timeout',
  'None of startup nodes',
  'Failed to refresh slots cache',
  'Too many Cluster redirections',
  'All keys in the pipeline',
  "Cluster isn't ready",
  'Cluster is ended',
]

/** Whether an error of ioredis means that Redis cannot serve for the moment. */
export function isRedisUnavailable(error: Error): boolean {
  return CLIENT_ERRORS.has(error.name) ||
    'code' in error && typeof error.code === 'string' && SYSTEM_CODES.has(error.code) ||
    REPLY_KINDS.has(error.message.split(' ', 1)[0]!) ||
    CLIENT_MESSAGES.some((beginning) => error.message.startsWith(beginning))
}
