import { bearerToken } from './headers.ts'
import { REQUEST_BATCH_PATH } from './request-batch.ts'
import type { TokenKeys } from './tokens.ts'

/** Paths of the origin for edges and operators only. The edge does not expose them, and the origin requires the internal token. */
export const INTERNAL_PATHS: readonly string[] = ['/metrics', '/inventory', REQUEST_BATCH_PATH]

const TYPE = 'internal'

/**
 * The token that gives access to the internal paths, as a Bearer token in the Authorization header. It is derived from the first secret and
 * has no expiry; it ends when its secret is removed from TOKEN_SECRET.
 */
export const internalToken = ({ hs256 }: TokenKeys): string => hs256.sign(TYPE, {})

/** Whether a request carries the internal token of one of the secrets. The comparison takes constant time. */
export const hasInternalToken = (headers: Headers, { hs256 }: TokenKeys): boolean =>
  hs256.verify(TYPE, bearerToken(headers.get('authorization'))).kind === 'verified'
