import type { AdminRoute } from './admin-route.ts'
import { eventApi } from './event-api.ts'
import { eventImageApi } from './event-image-api.ts'
import { eventImagePages } from './event-image-pages.tsx'
import { overviewPages } from './overview-pages.tsx'
import { seatApi } from './seat-api.ts'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  eventApi,
  eventImageApi,
  eventImagePages,
  overviewPages,
  seatApi,
].flat()
