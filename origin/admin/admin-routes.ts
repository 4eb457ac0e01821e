import type { AdminRoute } from './admin-route.ts'
import { eventApi } from './event-api.ts'
import { liveApi } from './live-api.ts'
import { livePages } from './live-pages.tsx'
import { overviewPages } from './overview-pages.tsx'
import { seatApi } from './seat-api.ts'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [overviewPages, eventApi, liveApi, livePages, seatApi].flat()
