import { paths } from '../../edge/contract/paths.ts'
import type { SessionRow } from '../../web/admin/components/session-table.tsx'
import { AccountPage } from '../../web/admin/pages/account.tsx'
import { renderPage } from '../../web/render.tsx'
import { findUser } from '../accounts.ts'
import { problem } from '../http.tsx'
import { hasSecondFactor } from '../second-factor.ts'
import { listSessions, type OpenSession } from '../session-list.ts'
import type { AdminRoute } from './admin-route.ts'
import { endSessions } from './operator-sessions.ts'

/** An operator's own account and sessions. */
export const accountPages: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: paths.admin.account,
    permission: 'figures.read',
    async handle({ c, deps, operator }) {
      const user = await findUser(deps, operator.id)
      if (!user) return problem(c, 'unauthenticated')
      const sessions = await listSessions(deps, operator.id)
      return c.html(renderPage(
        <AccountPage
          language={c.get('language')}
          viewer={operator}
          email={user.email}
          hasSecondFactor={await hasSecondFactor(deps, operator.id)}
          sessions={sessions.map((session) => sessionRow(session, operator.session))}
          isDone={c.req.query('done') !== undefined}
        />,
      ))
    },
  },
  {
    method: 'POST',
    path: paths.admin.endOwnSession(':session'),
    permission: 'figures.read',
    async handle({ c, deps, operator, actor }) {
      const session = c.req.param('session')
      const result = await endSessions(deps, { userId: operator.id, reason: '', actor }, session)
      return result.kind === 'ended' ? c.redirect(`${paths.admin.account}?done`, 303) : problem(c, 'not_found')
    },
  },
]

/** A session as pages and the API show it. `own`: the session of the request. */
export const sessionRow = (session: OpenSession, own: string | null): SessionRow => ({
  id: session.id,
  createdAt: session.createdAt.toISOString(),
  lastUsedAt: session.lastUsedAt.toISOString(),
  address: session.address,
  userAgent: session.userAgent,
  hasSecondFactor: session.secondFactorAt !== null,
  isOwn: session.id === own,
})
