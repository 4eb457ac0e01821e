import type { AdminRoute } from './admin-route.ts'
import { eventApi } from './event-api.ts'
import { overviewPages } from './overview-pages.tsx'
import { rehearsalApi } from './rehearsal-api.ts'
import { rehearsalPages } from './rehearsal-pages.tsx'
import { seatApi } from './seat-api.ts'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [overviewPages, eventApi, rehearsalApi, rehearsalPages, seatApi].flat()
