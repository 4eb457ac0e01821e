import * as z from 'zod'
import type { Person } from './accounts.ts'
import type { Deps } from './deps.ts'
import type { Ctx } from './http.tsx'
import { findReservation, type FindResult } from './reservation-list.ts'
import { cancel, type CancelResult } from './reservations.ts'

/** The reservation id in the path, in the spelling of the database; undefined if it is not a UUID. */
const reservationIdOf = (c: Ctx): string | undefined => z.uuid().safeParse(c.req.param('id')).data?.toLowerCase()

/** Finds the person's reservation that the path names. */
export async function findRequested(c: Ctx, deps: Deps, person: Person): Promise<FindResult> {
  const id = reservationIdOf(c)
  return id === undefined ? { kind: 'not_found' } : await findReservation(deps, c.get('language'), person.id, id)
}

/** Cancels seats of the person's reservation that the path names, so that `keep` remain, and records the outcome. */
export async function cancelRequested(c: Ctx, deps: Deps, person: Person, keep: number): Promise<CancelResult> {
  const id = reservationIdOf(c)
  const result: CancelResult = id === undefined
    ? { kind: 'not_found' }
    : await cancel(deps, c.get('language'), person.id, id, keep)
  c.set('outcome', result.kind)
  return result
}
