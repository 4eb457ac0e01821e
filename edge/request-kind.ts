export const REQUEST_KINDS = ['poll', 'join', 'claim', 'leave', 'page', 'forward', 'other'] as const
/** What a request is for. `forward`: the site behind the edge; `other`: the edge itself. */
export type RequestKind = (typeof REQUEST_KINDS)[number]

/** Requests below a room's path. */
const ROOM_REQUESTS: Record<string, RequestKind> = {
  'GET snapshot': 'poll',
  'HEAD snapshot': 'poll',
  'POST tickets': 'join',
  'POST pass': 'claim',
  'POST pass/extension': 'claim',
  'DELETE tickets': 'leave',
  'POST tickets/leave': 'leave',
}

/** The kind of a request, for the metrics. */
export function kindOf(method: string, path: string, isPage: boolean): RequestKind {
  const [, first, room, ...rest] = path.split('/')
  if (first !== 'queue' || !room) return path === '/healthz' || path === '/readyz' ? 'other' : 'forward'
  if (rest.length === 0 && (method === 'GET' || method === 'HEAD')) return isPage ? 'page' : 'poll'
  return ROOM_REQUESTS[`${method} ${rest.join('/')}`] ?? 'other'
}
