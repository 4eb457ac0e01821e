import { eq } from 'drizzle-orm'
import type { Queryable } from '../../db/mysql.ts'
import { users } from '../../db/schema.ts'
import type { Language } from '../../edge/contract/language.ts'
import { isOperator } from '../../edge/contract/roles.ts'
import type { Sender } from '../accounts.ts'
import { recordAct } from '../audit-log.ts'
import type { Deps } from '../deps.ts'

/** What the acts of people on their own accounts use. */
export type AccountParts = Pick<
  Deps,
  'db' | 'passwords' | 'loginGuard' | 'tokenKeys' | 'revokedSessions' | 'mailer' | 'now' | 'newId'
>

/** Who acts on their own account, and from where. `session`: the one of the request, which stays when the others end. */
export type OwnRequest = Sender & { session: string | null; language: Language; requestId: string | null }

type UserRow = typeof users.$inferSelect

/**
 * Locks an account whose password was checked; null if it was deleted or got another password since. A check takes long, and an act of somebody
 * who knows an old password must not follow the reset that shuts them out.
 */
export async function lockChecked(tx: Queryable, { id, passwordHash }: UserRow): Promise<UserRow | null> {
  const [user] = await tx.select().from(users).where(eq(users.id, id)).for('update')
  return user && user.deletedAt === null && user.passwordHash === passwordHash ? user : null
}

/** Records the act if the account is an operator's. Call it last in the transaction. */
export async function recordOwnAct(
  tx: Queryable,
  { id, role }: Pick<UserRow, 'id' | 'role'>,
  { action, at, address, requestId }: { action: string; at: Date } & Pick<OwnRequest, 'address' | 'requestId'>,
): Promise<void> {
  if (!isOperator(role)) return
  await recordAct(tx, { at, actor: { id, address, requestId }, action, subject: `user:${id}` })
}
