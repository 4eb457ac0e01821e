import { eq } from 'drizzle-orm'
import { users } from '../../db/schema.ts'
import { findTaken } from '../accounts.ts'
import { type AccountParts, type OwnRequest, recordOwnAct } from './own-act.ts'

export type NicknameResult = { kind: 'changed' } | { kind: 'nickname_taken' } | { kind: 'not_found' }

/** Changes a nickname. The unique index rejects one that another account takes at the same time. Access tokens have the former one for 15 minutes. */
export async function changeNickname(
  { db, now }: Pick<AccountParts, 'db' | 'now'>,
  userId: number,
  nickname: string,
  request: OwnRequest,
): Promise<NicknameResult> {
  const change = () =>
    db.transaction(async (tx): Promise<NicknameResult> => {
      const [user] = await tx.select().from(users).where(eq(users.id, userId)).for('update')
      if (!user || user.deletedAt) return { kind: 'not_found' }
      await tx.update(users).set({ nickname }).where(eq(users.id, userId))
      await recordOwnAct(tx, user, Object.assign({ action: 'account.change_nickname', at: now() }, request))
      return { kind: 'changed' }
    })
  return await change().catch(async (error: unknown): Promise<NicknameResult> => {
    const taken = await findTaken(db, { email: '', nickname })
    if (taken?.kind === 'nickname_taken') return taken
    throw error
  })
}
