import { withStorage } from '../storage.ts'

/**
 * Keeps the queue ticket in localStorage beside its cookie: a visitor whose cookie is deleted or blocked for a while keeps their position.
 * Where storage is blocked too, the ticket is kept in memory.
 */
export type StoredTicket = {
  set(ticket: string): void
  clear(): void
  /** The request header that carries the ticket; empty without one. */
  headers(): { authorization?: string }
}

export function createStoredTicket(room: string): StoredTicket {
  const key = `ticket-${room}`
  let inMemory: string | null = null
  return {
    set(ticket) {
      inMemory = ticket
      withStorage(() => localStorage.setItem(key, ticket), undefined)
    },
    clear() {
      inMemory = null
      withStorage(() => localStorage.removeItem(key), undefined)
    },
    headers() {
      // Storage has priority over memory: another tab may have left the queue.
      const ticket = withStorage(() => localStorage.getItem(key), inMemory)
      return ticket ? { authorization: `Bearer ${ticket}` } : {}
    },
  }
}
