import type { AdminRoute } from './admin-route.ts'
import { accountPages } from './account-pages.tsx'
import { auditApi } from './audit-api.ts'
import { auditPages } from './audit-pages.tsx'
import { checkInApi } from './check-in-api.ts'
import { checkInPages } from './check-in-pages.tsx'
import { eventActPages } from './event-act-pages.tsx'
import { eventApi } from './event-api.ts'
import { eventEditPages } from './event-edit-pages.tsx'
import { eventImageApi } from './event-image-api.ts'
import { eventImagePages } from './event-image-pages.tsx'
import { eventPages } from './event-pages.tsx'
import { liveApi } from './live-api.ts'
import { livePages } from './live-pages.tsx'
import { overviewPages } from './overview-pages.tsx'
import { peopleApi } from './people-api.ts'
import { peoplePages } from './people-pages.tsx'
import { rehearsalApi } from './rehearsal-api.ts'
import { rehearsalPages } from './rehearsal-pages.tsx'
import { reportApi } from './report-api.ts'
import { reportPages } from './report-pages.tsx'
import { reservationApi } from './reservation-api.ts'
import { reservationPages } from './reservation-pages.tsx'
import { roomApi } from './room-api.ts'
import { roomPages } from './room-pages.tsx'
import { seatApi } from './seat-api.ts'
import { seatPages } from './seat-pages.tsx'
import { twoFactorPages } from './two-factor-pages.tsx'

/** Every route for operators. */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  accountPages,
  auditApi,
  auditPages,
  checkInApi,
  checkInPages,
  eventActPages,
  eventApi,
  eventEditPages,
  eventImageApi,
  eventImagePages,
  eventPages,
  liveApi,
  livePages,
  overviewPages,
  peopleApi,
  peoplePages,
  rehearsalApi,
  rehearsalPages,
  reportApi,
  reportPages,
  reservationApi,
  reservationPages,
  roomApi,
  roomPages,
  seatApi,
  seatPages,
  twoFactorPages,
].flat()
