import { eventRoom } from './rooms.ts'

/** All paths of the product: pages first, then the API. */
export const paths = {
  home: '/',
  events: (page = 1) => (page > 1 ? `/?page=${page}` : '/'),
  search: (q = '', page = 1) => `/search?${new URLSearchParams({ q, ...(page > 1 ? { page: String(page) } : {}) })}`,
  event: (id: number | string) => `/events/${id}`,
  eventSeats: (id: number | string) => `/events/${id}/seats`,
  booking: (eventId: number | string) => `/events/${eventId}/booking`,
  reservation: (id: string) => `/reservations/${id}`,
  cancellation: (id: string) => `/reservations/${id}/cancellation`,
  me: (page = 1) => (page > 1 ? `/me?page=${page}` : '/me'),
  login: (next?: string) => (next ? `/login?next=${encodeURIComponent(next)}` : '/login'),
  signup: (next?: string) => (next ? `/signup?next=${encodeURIComponent(next)}` : '/signup'),
  logout: '/logout',
  language: (language: string, next: string) => `/language/${language}?next=${encodeURIComponent(next)}`,
  image: (key: string) => `/images/${key}`,
  admin: {
    home: '/admin',
    events: '/admin/events',
    newEvent: '/admin/events/new',
    event: (id: number) => `/admin/events/${id}`,
    seats: '/admin/seats',
    rooms: '/admin/rooms',
    live: (eventId: number) => `/admin/events/${eventId}/live`,
    rehearsal: (eventId: number) => `/admin/events/${eventId}/rehearsal`,
    stopRehearsal: (eventId: number) => `/admin/events/${eventId}/rehearsal/stop`,
    reservations: '/admin/reservations',
    reports: '/admin/reports',
    people: '/admin/people',
    audit: '/admin/audit',
  },
  asset: (file: string) => `/static/${file}`,
  queue: (eventId: number | string) => `/queue/${eventRoom(eventId)}`,
  room: (room: string) => `/queue/${room}`,
  tickets: (room: string) => `/queue/${room}/tickets`,
  leaving: (room: string) => `/queue/${room}/tickets/leave`,
  lineEvents: (room: string) => `/queue/${room}/events`,
  pass: (room: string) => `/queue/${room}/pass`,
  api: {
    refresh: '/api/auth/refresh',
    event: (id: number | string) => `/api/events/${id}`,
    reservations: (eventId: number | string) => `/api/events/${eventId}/reservations`,
    reservation: (id: string) => `/api/reservations/${id}`,
  },
} as const

/** Parses a path of this site, such as `next` of a login. Returns the fallback for anything else, which would be an open redirect. */
export function localPath(input: string | null | undefined, fallback: string): string {
  if (!input || input.length > 500 || !input.startsWith('/') || input.includes('\\')) return fallback
  try {
    const url = new URL(input, 'http://local.invalid')
    const path = url.pathname + url.search
    // Removing dot segments may leave two leading slashes, which a browser would read as a host.
    return url.host === 'local.invalid' && !path.startsWith('//') ? path : fallback
  } catch {
    return fallback
  }
}
