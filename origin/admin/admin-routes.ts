import type { AdminRoute } from './admin-route.ts'
import { eventApi } from './event-api.ts'
import { overviewPages } from './overview-pages.tsx'
import { seatApi } from './seat-api.ts'
import { seatPages } from './seat-pages.tsx'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  eventApi,
  overviewPages,
  seatApi,
  seatPages,
].flat()
