import type { AdminRoute } from './admin-route.ts'
import { eventApi } from './event-api.ts'
import { overviewPages } from './overview-pages.tsx'
import { reportApi } from './report-api.ts'
import { reportPages } from './report-pages.tsx'
import { reservationApi } from './reservation-api.ts'
import { reservationPages } from './reservation-pages.tsx'
import { seatApi } from './seat-api.ts'
import { seatPages } from './seat-pages.tsx'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  eventApi,
  overviewPages,
  reportApi,
  reportPages,
  reservationApi,
  reservationPages,
  seatApi,
  seatPages,
].flat()
