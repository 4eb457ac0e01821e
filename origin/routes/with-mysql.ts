import type { Deps } from '../deps.ts'
import type { Ctx } from '../http.tsx'

type Handle = (c: Ctx) => Promise<Response>

/**
 * A handler that needs MySQL from its first line. It rejects with StoreUnavailable as soon as MySQL is away, so that the response says so at
 * once. A change that has begun by then may still be made.
 */
export const withMysql = ({ mysqlHealth }: Pick<Deps, 'mysqlHealth'>, handle: Handle): Handle => (c) =>
  mysqlHealth.orUnavailable(() => handle(c))
