import type { EventFilter } from './event-filters.ts'
import { eventRoom } from './rooms.ts'

/** All paths of the product: pages first, then the API. */
export const paths = {
  home: '/',
  events: (page = 1, filter: EventFilter = {}) => `/${searchOf(filterQuery(filter, page))}`,
  search: (q = '', page = 1, filter: EventFilter = {}) =>
    `/search?${new URLSearchParams({ q })}${searchOf(filterQuery(filter, page)).replace('?', '&')}`,
  /** `month`: `2026-12`; this month without it. */
  openings: (month?: string) => `/openings${searchOf({ month })}`,
  sitemap: '/sitemap.xml',
  event: (id: number | string) => `/events/${id}`,
  /** A calendar file of the event, or of its opening. */
  eventCalendar: (id: number | string, of: 'event' | 'opening') =>
    `/events/${id}/calendar${searchOf({ of: of === 'event' ? undefined : of })}`,
  allowance: (id: number | string) => `/events/${id}/allowance`,
  /** The person's reminder of the opening. */
  reminder: (id: number | string) => `/events/${id}/reminder`,
  /** What the mail of a reminder links to. */
  reminderStop: (token?: string) => `/reminders/stop${searchOf({ token })}`,
  eventSeats: (id: number | string) => `/events/${id}/seats`,
  booking: (eventId: number | string) => `/events/${eventId}/booking`,
  /** The booking page with a choice, for browsers without scripts. */
  bookingOf: (
    eventId: number | string,
    { ticketTypeId, quantity }: { ticketTypeId?: number | undefined; quantity?: string | undefined },
  ) => `/events/${eventId}/booking${searchOf({ ticketTypeId: ticketTypeId?.toString(), quantity })}`,
  bookingOutcome: (eventId: number | string) => `/events/${eventId}/booking/outcome`,
  reservation: (id: string) => `/reservations/${id}`,
  cancellation: (id: string) => `/reservations/${id}/cancellation`,
  admission: (id: string) => `/tickets/${id}`,
  admissionPdf: (id: string) => `/tickets/${id}/pdf`,
  admissionCalendar: (id: string) => `/tickets/${id}/calendar`,
  me: (page = 1) => (page > 1 ? `/me?page=${page}` : '/me'),
  login: (next?: string) => (next ? `/login?next=${encodeURIComponent(next)}` : '/login'),
  signup: (next?: string) => (next ? `/signup?next=${encodeURIComponent(next)}` : '/signup'),
  logout: '/logout',
  forgot: '/forgot',
  reset: (token?: string) => `/reset${searchOf({ token })}`,
  verification: (token?: string) => `/verify${searchOf({ token })}`,
  terms: '/terms',
  privacy: '/privacy',
  account: (done?: string) => `/me/account${searchOf({ done })}`,
  accountPart: (part: AccountPart) => `/me/account/${part}`,
  accountDeleted: '/me/deleted',
  ownSession: (session: string) => `/me/account/sessions/${session}/end`,
  invitation: (token?: string) => (token ? `/invitation?${new URLSearchParams({ token })}` : '/invitation'),
  language: (language: string, next: string) => `/language/${language}?next=${encodeURIComponent(next)}`,
  image: (key: string) => `/images/${key}`,
  admin: {
    home: '/admin',
    events: '/admin/events',
    newEvent: '/admin/events/new',
    eventList: (query: { q?: string; status?: string; page?: number }) => `/admin/events${searchOf(query)}`,
    event: (id: number) => `/admin/events/${id}`,
    editEvent: (id: number) => `/admin/events/${id}/edit`,
    confirmChanges: (id: number) => `/admin/events/${id}/changes`,
    previewEvent: (id: number, at = '') => `/admin/events/${id}/preview${searchOf({ at })}`,
    eventAct: (id: number, act: 'publish' | 'stop' | 'resume' | 'duplicate' | 'cancel' | 'continue' | 'delete') =>
      `/admin/events/${id}/${act}`,
    eventImage: (id: number) => `/admin/events/${id}/image`,
    eventImageRemoval: (id: number) => `/admin/events/${id}/image/removal`,
    seats: '/admin/seats',
    eventSeats: (eventId: number) => `/admin/events/${eventId}/seats`,
    seatAct: (eventId: number, act: 'load' | 'unload' | 'audit' | 'repair') => `/admin/events/${eventId}/seats/${act}`,
    deadLetterAct: (eventId: number, letter: number, act: 'retry' | 'dismiss') =>
      `/admin/events/${eventId}/dead-letters/${letter}/${act}`,
    rooms: '/admin/rooms',
    roomDefaults: '/admin/rooms/defaults',
    room: (room: string) => `/admin/rooms/${room}`,
    roomPart: (room: string, part: 'figures' | 'settings' | 'pause' | 'resume' | 'reset' | 'undo' | 'visitor' | 'revoke') =>
      `/admin/rooms/${room}/${part}`,
    live: (eventId: number) => `/admin/events/${eventId}/live`,
    rehearsal: (eventId: number) => `/admin/events/${eventId}/rehearsal`,
    stopRehearsal: (eventId: number) => `/admin/events/${eventId}/rehearsal/stop`,
    reservations: '/admin/reservations',
    eventReservations: (eventId: number) => `/admin/reservations?event=${eventId}`,
    reservationExport: '/admin/reservations/export',
    reservation: (id: string) => `/admin/reservations/${id}`,
    reservationCancellation: (id: string) => `/admin/reservations/${id}/cancel`,
    reports: '/admin/reports',
    reportExport: '/admin/reports/export',
    report: (eventId: number) => `/admin/reports/${eventId}`,
    eventReportExport: (eventId: number) => `/admin/reports/${eventId}/export`,
    people: '/admin/people',
    person: (id: number | string) => `/admin/people/${id}`,
    personRole: (id: number | string) => `/admin/people/${id}/role`,
    personSessions: (id: number | string) => `/admin/people/${id}/sessions/end`,
    personSession: (id: number | string, session: string) => `/admin/people/${id}/sessions/${session}/end`,
    personTwoFactor: (id: number | string) => `/admin/people/${id}/two-factor/reset`,
    invitations: '/admin/people/invitations',
    endInvitation: (id: number | string) => `/admin/people/invitations/${id}/end`,
    audit: '/admin/audit',
    auditEntry: (id: number) => `/admin/audit/${id}`,
    auditCheck: '/admin/audit/check',
    auditExport: '/admin/audit/export',
    account: '/admin/account',
    endOwnSession: (session: string) => `/admin/account/sessions/${session}/end`,
    twoFactor: (next?: string) => (next ? `/admin/two-factor?next=${encodeURIComponent(next)}` : '/admin/two-factor'),
    twoFactorSetup: '/admin/two-factor/setup',
    twoFactorConfirmation: '/admin/two-factor/confirmation',
    twoFactorRemoval: '/admin/two-factor/removal',
    recoveryCodes: '/admin/two-factor/recovery-codes',
  },
  checkIn: (eventId?: number) => eventId === undefined ? '/check-in' : `/check-in/${eventId}`,
  asset: (file: string) => `/static/${file}`,
  queue: (eventId: number | string) => `/queue/${eventRoom(eventId)}`,
  room: (room: string) => `/queue/${room}`,
  tickets: (room: string) => `/queue/${room}/tickets`,
  leaving: (room: string) => `/queue/${room}/tickets/leave`,
  pass: (room: string) => `/queue/${room}/pass`,
  waitingExtras: (room: string, hash: string) => `/queue/${room}/extras.js?v=${hash}`,
  ownVisit: (room: string) => `/queue/${room}/visit`,
  extension: (room: string) => `/queue/${room}/pass/extension`,
  api: {
    refresh: '/api/auth/refresh',
    event: (id: number | string) => `/api/events/${id}`,
    reservations: (eventId: number | string) => `/api/events/${eventId}/reservations`,
    reservation: (id: string) => `/api/reservations/${id}`,
    checkIn: (eventId: number, part: '' | '/figures' | '/marks' | '/undo' = '') => `/api/admin/check-in/${eventId}${part}`,
  },
} as const

/** The forms of a person's own account. */
export type AccountPart = 'nickname' | 'email' | 'password' | 'verification' | 'sessions' | 'export' | 'deletion'

const filterQuery = ({ genre, region, status, from, to }: EventFilter, page: number) => ({
  genre,
  region,
  status,
  from,
  to,
  page,
})

/** The parameters of a query that are not empty, with their question mark. */
function searchOf(query: Record<string, string | number | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '' && value !== 1)
  return given.length > 0 ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : ''
}

/** A search of 100 Hangul syllables, percent-encoded, with all filters. */
const MAX_NEXT = 1_200
/** The room that a booking page is behind; null for any other page. */
export function roomOfBooking(path: string): string | null {
  const eventId = path.match(/^\/events\/([1-9]\d{0,14})\/booking(?:\?|$)/)?.[1]
  return eventId === undefined ? null : eventRoom(eventId)
}

/** Parses a path of this site, such as `next` of a login. Returns the fallback for anything else, which would be an open redirect. */
export function localPath(input: string | null | undefined, fallback: string): string {
  if (!input || input.length > MAX_NEXT || !input.startsWith('/') || input.includes('\\')) return fallback
  try {
    const url = new URL(input, 'http://local.invalid')
    const path = url.pathname + url.search
    // Removing dot segments may leave two leading slashes, which a browser would read as a host.
    return url.host === 'local.invalid' && !path.startsWith('//') ? path : fallback
  } catch {
    return fallback
  }
}
