import type { AdminRoute } from './admin-route.ts'
import { accountPages } from './account-pages.tsx'
import { auditApi } from './audit-api.ts'
import { auditPages } from './audit-pages.tsx'
import { eventActPages } from './event-act-pages.tsx'
import { eventApi } from './event-api.ts'
import { eventEditPages } from './event-edit-pages.tsx'
import { eventPages } from './event-pages.tsx'
import { liveApi } from './live-api.ts'
import { livePages } from './live-pages.tsx'
import { overviewPages } from './overview-pages.tsx'
import { peopleApi } from './people-api.ts'
import { peoplePages } from './people-pages.tsx'
import { roomApi } from './room-api.ts'
import { roomPages } from './room-pages.tsx'
import { seatApi } from './seat-api.ts'
import { twoFactorPages } from './two-factor-pages.tsx'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  accountPages,
  auditApi,
  auditPages,
  eventActPages,
  eventApi,
  eventEditPages,
  eventPages,
  liveApi,
  livePages,
  overviewPages,
  peopleApi,
  peoplePages,
  roomApi,
  roomPages,
  seatApi,
  twoFactorPages,
].flat()
