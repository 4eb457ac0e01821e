import * as z from 'zod'
import { addressKey } from '../client-address.ts'
import { type Admission, IDENTITIES, type JoinRules, PROOF_OF_WORK_RULES, type RoomPlan } from '../waiting-room/room-plan.ts'
import type { RoomDirectory } from './room-directory.ts'

const path = z.string().startsWith('/').max(500)
const pattern = path.refine((pathname) => {
  try {
    return !!new URLPattern({ pathname })
  } catch {
    return false
  }
}, 'is not a URL pattern, such as /checkout/*')
const method = z.string().toUpperCase().pipe(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']))
// In the same form as for rate limits: an IPv6 address means its /64.
const address = z.union([z.ipv4(), z.ipv6()], 'is not an IP address').transform(addressKey)
const seconds = z.int().min(0).max(86_400)
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

const roomsFile = z.strictObject({
  $schema: z.string().optional(),
  rooms: z.array(z.strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens'),
    title: z.strictObject({ ko: z.string().max(200), en: z.string().max(200) }).optional(),
    paths: z.array(pattern).min(1),
    methods: z.array(method).min(1).optional(),
    bypass: z.strictObject({
      paths: z.array(pattern).default([]),
      addresses: z.array(address).default([]),
    }).prefault({}),
    mode: z.enum(['fifo', 'draw', 'passthrough', 'closed']).optional(),
    perMinute: z.int().min(1).max(10_000_000).optional(),
    capacity: z.int().min(1).max(10_000_000).optional(),
    turnSeconds: seconds.min(5).optional(),
    passSeconds: seconds.min(10).optional(),
    idleSeconds: seconds.min(10).optional(),
    lobbySeconds: seconds.optional(),
    opensAt: time.nullable().default(null),
    closesAt: time.nullable().default(null),
    maxWaiting: z.int().min(1).optional(),
    identity: z.enum(IDENTITIES).default('anyone'),
    work: z.enum(PROOF_OF_WORK_RULES).default('adaptive'),
    walkIn: z.boolean().default(true),
    outside: path.default('/'),
  })).min(1).refine((rooms) => new Set(rooms.map(({ name }) => name)).size === rooms.length, 'two rooms have the same name'),
})

/** Parses a rooms file (docs/edge.md). Throws one Error that names every mistake. */
export function readRoomsFile(text: string, admission: Admission, rules: JoinRules): RoomDirectory {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Error(`The rooms file is not JSON: ${String(cause)}`, { cause })
  }
  const parsed = roomsFile.safeParse(json)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The rooms file is invalid:\n${problems.join('\n')}`)
  }
  return createDirectory(parsed.data.rooms, admission, rules)
}

type Entry = z.infer<typeof roomsFile>['rooms'][number]

function createDirectory(entries: Entry[], admission: Admission, rules: JoinRules): RoomDirectory {
  const compile = (patterns: string[]) =>
    patterns.map((pattern) => new URLPattern({ pathname: decodePunctuation(pattern, '\\') }, { ignoreCase: true }))
  const rooms = entries.map((entry) => ({
    entry,
    plan: planOf(entry, admission, rules),
    paths: compile(entry.paths),
    bypass: compile(entry.bypass.paths),
    addresses: new Set(entry.bypass.addresses),
  }))
  const find = (name: string) => rooms.find(({ entry }) => entry.name === name)
  return {
    isShop: false,
    roomFor({ method, path, address }) {
      const pathname = decodePunctuation(path, '')
      const isIn = (patterns: URLPattern[]) => patterns.some((pattern) => pattern.test({ pathname }))
      const room = rooms.find(({ entry, paths }) => (entry.methods?.some((listed) => listed === method) ?? true) && isIn(paths))
      return room && !isIn(room.bypass) && !room.addresses.has(address) ? room.entry.name : null
    },
    isRoomName: (name) => find(name) !== undefined,
    findRoom: (name) => Promise.resolve(find(name)?.plan ?? null),
    findTitle: (name, language) => Promise.resolve(find(name)?.entry.title?.[language] ?? null),
  }
}

const planOf = (entry: Entry, admission: Admission, rules: JoinRules): RoomPlan => ({
  opening: { opensAtMs: entry.opensAt, closesAtMs: entry.closesAt, seatsLeft: null },
  admission: {
    mode: entry.mode ?? (entry.opensAt === null ? 'fifo' : admission.mode),
    perMinute: entry.perMinute ?? admission.perMinute,
    capacity: entry.capacity ?? admission.capacity,
    turnMs: inMs(entry.turnSeconds) ?? admission.turnMs,
    passMs: inMs(entry.passSeconds) ?? admission.passMs,
    idleMs: inMs(entry.idleSeconds) ?? admission.idleMs,
    lobbyMs: inMs(entry.lobbySeconds) ?? admission.lobbyMs,
    stepMs: admission.stepMs,
  },
  rules: { identity: entry.identity, proofOfWork: entry.work, maxWaiting: entry.maxWaiting ?? rules.maxWaiting },
  admitsWhenIdle: entry.walkIn,
  // For visitors who did not request a page before the queue.
  targetPath: entry.paths.find((pathname) => !/[*:{(]/.test(pathname)) ?? entry.outside,
  exitPath: entry.outside,
})

/**
 * Decodes the characters that a path may contain both plain and percent-encoded (RFC 3986 §3.3), as most sites treat both alike. `escape` is
 * put before each decoded character, so that a pattern matches it literally.
 */
const decodePunctuation = (pathname: string, escape: string) =>
  pathname.replace(/%(?:2[146-9a-c]|3[ad]|40|5[bde]|7c)/gi, (encoded) => escape + decodeURIComponent(encoded))

const inMs = (seconds: number | undefined) => seconds === undefined ? undefined : seconds * 1000
