import type { AdminRoute } from './admin-route.ts'
import { auditApi } from './audit-api.ts'
import { auditPages } from './audit-pages.tsx'
import { eventApi } from './event-api.ts'
import { overviewPages } from './overview-pages.tsx'
import { seatApi } from './seat-api.ts'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  auditApi,
  auditPages,
  eventApi,
  overviewPages,
  seatApi,
].flat()
