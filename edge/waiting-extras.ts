import { waitingExtras, waitingExtrasHash } from '../web/waiting-page/script.ts'
import { acceptsGzip, gzip } from './compression.ts'
import { NO_SNIFFING } from './contract/response-security.ts'
import type { Ctx } from './http.tsx'

const compressed = gzip(new TextDecoder().decode(waitingExtras))

/**
 * The script that the waiting page loads after it has appeared. The edge has it in memory, so that it does not depend on the origin. An address
 * with the hash of another release is answered too, but not for long.
 */
export async function respondWithExtras(c: Ctx): Promise<Response> {
  c.header('content-type', 'text/javascript; charset=utf-8')
  c.header('vary', 'accept-encoding')
  c.header(...NO_SNIFFING)
  const isOwn = c.env.client.query('v') === waitingExtrasHash
  c.header('cache-control', isOwn ? 'public, max-age=31536000, immutable, no-transform' : 'no-store, no-transform')
  if (!acceptsGzip(c.env.client.headers)) return c.body(waitingExtras)
  c.header('content-encoding', 'gzip')
  return c.body(await compressed)
}
