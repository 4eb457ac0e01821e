import { shareOwnerOf } from '../contract/share-owner.ts'
import { createShares } from '../../runtime/shares.ts'
import { isShort, limitBody } from './response-body.ts'
import { ShareUsedUp } from './upstream-unavailable.ts'

/** Long bodies at once, per slot of the upstream. A slot is free again when the head of a response has arrived. */
const PER_SLOT = 4

/**
 * The responses whose bodies are passed on while they arrive. Each keeps a connection to the origin until its client has read it, so an address
 * has a share of them. When all together are too many, the longest of the address that has the most is ended.
 */
export function createLongBodies(inFlight: number, addressShare: number) {
  const shares = createShares({ total: PER_SLOT * inFlight, per: { address: addressShare } })
  return {
    /**
     * Sends a request with a deadline for the head of its response, and for the body if it is short. Throws ShareUsedUp when the body is long
     * and the address has its share of them.
     */
    async open(address: string, timeoutMs: number, send: (signal: AbortSignal) => Promise<Response>): Promise<Response> {
      const controller = new AbortController()
      const abort = (message: string) => controller.abort(new DOMException(message, 'TimeoutError'))
      const timer = setTimeout(() => abort('The origin is too slow'), timeoutMs)
      const response = await send(controller.signal).finally(() => clearTimeout(timer))
      if (!response.body || isShort(response)) return response
      const evict = () => abort('Too many responses are read slowly')
      const release = shares.take({ address: shareOwnerOf(address) }, evict)
      if (release) return limitBody(response, { signal: controller.signal, ended: release })
      await response.body.cancel()
      throw new ShareUsedUp('Too many long responses to this address are in progress')
    },

    size: () => shares.size().inUse,
  }
}

export type LongBodies = ReturnType<typeof createLongBodies>
