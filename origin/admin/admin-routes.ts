import type { AdminRoute } from './admin-route.ts'
import { eventApi } from './event-api.ts'
import { overviewPages } from './overview-pages.tsx'
import { reservationApi } from './reservation-api.ts'
import { reservationPages } from './reservation-pages.tsx'
import { seatApi } from './seat-api.ts'
import { seatPages } from './seat-pages.tsx'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  eventApi,
  overviewPages,
  reservationApi,
  reservationPages,
  seatApi,
  seatPages,
].flat()
