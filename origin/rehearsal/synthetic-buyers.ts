import { and, like } from 'drizzle-orm'
import type { Queryable } from '../../db/mysql.ts'
import { users } from '../../db/schema.ts'
import { NO_PASSWORD } from '../passwords.ts'

/** A sign-up accepts no such character in a nickname or an address (origin/accounts.ts), so no real account is taken for a synthetic one. */
const MARK = '~'
const ROWS_PER_INSERT = 1_000

/** An account that exists for one rehearsal. It has no password, so it cannot log in. */
export type SyntheticBuyer = { id: number; nickname: string }

/** Whether the nickname of an access token is that of a synthetic buyer. The origin has signed it. */
export const isSynthetic = (nickname: string): boolean => nickname.startsWith(MARK)

const emailPrefix = (rehearsalId: number): string => `${MARK}${rehearsalId}-`
const nicknamePrefix = (rehearsalId: number): string => `${MARK}${rehearsalId.toString(36)}.`

/** The accounts of a rehearsal. The index finds them by e-mail. */
export const isBuyerOf = (rehearsalId: number) =>
  and(like(users.email, `${emailPrefix(rehearsalId)}%`), like(users.nickname, `${nicknamePrefix(rehearsalId)}%`))

/** Adds the accounts of a rehearsal, a thousand rows at a time. */
export async function addSyntheticBuyers(
  db: Pick<Queryable, 'insert'>,
  rehearsalId: number,
  count: number,
  now: Date,
): Promise<SyntheticBuyer[]> {
  const buyers: SyntheticBuyer[] = []
  while (buyers.length < count) {
    const start = buyers.length
    const nicknames = Array.from(
      { length: Math.min(ROWS_PER_INSERT, count - start) },
      (_, i) => nicknamePrefix(rehearsalId) + (start + i).toString(36),
    )
    // Ids of one statement are consecutive (innodb_autoinc_lock_mode: "simple inserts").
    const [{ insertId }] = await db.insert(users).values(nicknames.map((nickname, i) => ({
      // No mail is delivered to this domain (RFC 2606 §2).
      email: `${emailPrefix(rehearsalId)}${start + i}@rehearsal.invalid`,
      passwordHash: NO_PASSWORD,
      nickname,
      createdAt: now,
    })))
    nicknames.forEach((nickname, i) => buyers.push({ id: insertId + i, nickname }))
  }
  return buyers
}
