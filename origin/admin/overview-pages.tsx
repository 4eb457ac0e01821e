import { type AttentionItem, OverviewPage } from '../../web/admin/pages/overview.tsx'
import { renderPage } from '../../web/render.tsx'
import type { AdminRoute } from './admin-route.ts'
import { type Attention, readOverview } from './overview.ts'

/** The first page: what needs attention, then the next openings. */
export const overviewPages: readonly AdminRoute[] = [
  {
    method: 'GET',
    path: '/admin',
    permission: 'figures.read',
    async handle({ c, deps, operator }) {
      const { attention, openings } = await readOverview(deps)
      return c.html(renderPage(
        <OverviewPage
          language={c.get('language')}
          viewer={operator}
          now={deps.now().toISOString()}
          attention={attention.map(describe)}
          openings={openings.map((opening) => Object.assign({}, opening, { opensAt: opening.opensAt.toISOString() }))}
        />,
      ))
    },
  },
]

const describe = (item: Attention): AttentionItem =>
  item.kind === 'opens_soon' ? { kind: item.kind, event: item.event, opensAt: item.opensAt.toISOString() } : item
