import { eq } from 'drizzle-orm'
import { users } from '../../db/schema.ts'
import { deleteSessionsOf, revokeAll } from '../session-list.ts'
import { type AccountParts, type OwnRequest, recordOwnAct } from './own-act.ts'

/** Ends one session of a person, or all but the one of the request. Returns how many. */
export async function endOwnSessions(
  { db, now, revokedSessions }: Pick<AccountParts, 'db' | 'now' | 'revokedSessions'>,
  userId: number,
  only: string | null,
  request: OwnRequest,
): Promise<number> {
  const ended = await db.transaction(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('update')
    if (!user) return []
    const sessions = await deleteSessionsOf(tx, userId, (id) => only === null ? id !== request.session : id === only)
    if (sessions.length > 0) {
      await recordOwnAct(tx, user, Object.assign({ action: 'account.end_sessions', at: now() }, request))
    }
    return sessions
  })
  await revokeAll(revokedSessions, ended)
  return ended.length
}
