import type { AdminRoute } from './admin-route.ts'
import { eventActPages } from './event-act-pages.tsx'
import { eventApi } from './event-api.ts'
import { eventEditPages } from './event-edit-pages.tsx'
import { eventPages } from './event-pages.tsx'
import { overviewPages } from './overview-pages.tsx'
import { seatApi } from './seat-api.ts'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  eventActPages,
  eventApi,
  eventEditPages,
  eventPages,
  overviewPages,
  seatApi,
].flat()
