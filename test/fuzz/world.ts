import { eq, inArray } from 'drizzle-orm'
import { randomBytes, randomUUID } from 'node:crypto'
import { deadLetters, invitations, refreshTokens, users } from '../../db/schema.ts'
import { REFRESH_COOKIE } from '../../edge/contract/cookies.ts'
import type { Snapshot } from '../../edge/contract/rooms.ts'
import type { Person } from '../../origin/accounts.ts'
import type { Shop } from '../shop.ts'
import type { FuzzResponse } from './exchange.ts'

/** `epoch` is that of the event's room. */
export type FuzzEvent = { eventId: number; ticketTypeIds: number[]; epoch: number }

/** The most of each kind that is remembered from responses. */
const MAX_LEARNED = 200
const PEOPLE = 300
const OPERATORS = 20
/** Open invitations, with the ids from 1. */
export const INVITATIONS = 40
const HOUR_MS = 3_600_000

/** What the requests of a run are about, and what its responses have revealed. */
export type World = {
  /** Events that buyers book and that operators only audit. */
  onSale: FuzzEvent[]
  /** Events that operators change while buyers book. */
  managed: FuzzEvent[]
  /** An event without bookings. Unloading a sale forgets its bookings that MySQL does not have yet. */
  spare: FuzzEvent
  /** Events that operators cancel and delete. */
  doomed: FuzzEvent[]
  all: FuzzEvent[]
  people: Person[]
  admin: Person
  /** Operators whose rights and sessions are changed. */
  operators: Person[]
  /** The session ids of `admin` and of `operators`, by user id. */
  sessions: Map<number, string[]>
  account: { email: string; password: string }
  learned: {
    reservations: { id: string; person: Person | null }[]
    tickets: { room: string; token: string; person: Person | null }[]
    refreshTokens: string[]
  }
  /** The ids of all reservations that were answered as made. */
  booked: Set<string>
}

export const DOOMED = '취소될 공연'

/** Fills the stores: events in every state of a sale, people, an operator, an account with a password. */
export async function openWorld(shop: Shop, edgeUrl: string): Promise<World> {
  const addSale = async (sale: Parameters<Shop['addSale']>[0]) => {
    const event = await shop.addSale(sale)
    const { epoch } = await (await fetch(`${edgeUrl}/queue/event-${event.eventId}`)).json() as Snapshot
    return { ...event, epoch }
  }
  const onSale = [
    await addSale({ seats: [2_000, 500], limitPerPerson: 100 }),
    await addSale({ seats: [100], limitPerPerson: 2 }),
  ]
  const managed = [await addSale({ seats: [300, 50], limitPerPerson: 4 }), await addSale({ seats: [40] })]
  const spare = await addSale({ seats: [10] })
  const doomed = await Promise.all(Array.from({ length: 30 }, () => addSale({ title: DOOMED })))
  const others = [
    await addSale({ opensInMs: HOUR_MS }),
    await addSale({ opensInMs: 60_000 }),
    await addSale({ opensInMs: -2 * HOUR_MS, closesInMs: -HOUR_MS }),
    await addSale({ seats: [1], limitPerPerson: 1 }),
    // Its reservations can no longer be cancelled.
    await addSale({ seats: [50], closesInMs: HOUR_MS / 2, startsInMs: HOUR_MS }),
  ]
  const [admin, ...rest] = await shop.addPeople(1 + OPERATORS + PEOPLE)
  const [operators, people] = [rest.slice(0, OPERATORS), rest.slice(OPERATORS)]
  await shop.db.update(users).set({ role: 'owner' }).where(eq(users.id, admin!.id))
  await shop.db.update(users).set({ role: 'support' }).where(inArray(users.id, operators.map(({ id }) => id)))
  const sessions = await addSessions(shop, [admin!, ...operators])
  const createdAt = new Date()
  await shop.db.insert(invitations).values(
    Array.from({ length: INVITATIONS }, (_, i) => ({
      email: `invited-${i}@test.example`,
      role: 'viewer' as const,
      tokenHash: randomBytes(32),
      invitedBy: admin!.id,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + HOUR_MS),
    })),
  )
  await shop.db.insert(deadLetters).values(
    PARAMETERS.letter!.map((_, seq) => ({
      eventId: managed[0]!.eventId,
      epoch: 0,
      seq,
      entry: 'unreadable',
      reason: 'fuzz',
      at: createdAt,
    })),
  )
  const account = { email: 'known@test.example', password: 'passw0rd!', nickname: 'known' }
  const signup = await fetch(`${edgeUrl}/api/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  })
  if (signup.status !== 201) throw new Error(`the account was not created: ${signup.status}`)
  return {
    onSale,
    managed,
    spare,
    doomed,
    all: onSale.concat(managed, spare, doomed, others),
    people,
    admin: { ...admin!, role: 'owner' },
    operators,
    sessions,
    account,
    learned: { reservations: [], tickets: [], refreshTokens: [] },
    booked: new Set(),
  }
}

/** Gives each person ten sessions. Returns their ids by user id. */
async function addSessions({ db }: Shop, people: Person[]): Promise<Map<number, string[]>> {
  const expiresAt = new Date(Date.now() + 24 * HOUR_MS)
  const rows = people.flatMap(({ id: userId }) =>
    Array.from({ length: 10 }, () => ({
      userId,
      family: randomUUID(),
      tokenHash: randomBytes(32),
      createdAt: new Date(),
      expiresAt,
    }))
  )
  await db.insert(refreshTokens).values(rows)
  return new Map(people.map(({ id }) => [id, rows.filter(({ userId }) => userId === id).map(({ family }) => family)]))
}

/** Remembers the reservation, queue ticket or session of a response, for later requests. */
export function learn(
  { learned, booked }: World,
  person: Person | null,
  target: string,
  { status, headers, text }: FuzzResponse,
): void {
  const remember = <Item>(list: Item[], item: Item) => {
    list.push(item)
    if (list.length > MAX_LEARNED) list.shift()
  }
  const id = bookedIn(status, headers)
  if (id !== undefined && !booked.has(id)) {
    booked.add(id)
    remember(learned.reservations, { id, person })
  }
  const room = target.match(/^\/queue\/([\w-]+)\//)?.[1]
  if (room && (status === 200 || status === 201) && text.startsWith('{"ticket":')) {
    remember(learned.tickets, { room, token: JSON.parse(text).ticket, person })
  }
  for (const cookie of headers.getSetCookie()) {
    const token = cookie.match(new RegExp(`^(?:__Host-)?${REFRESH_COOKIE}=([^;]+)`))?.[1]
    if (token) remember(learned.refreshTokens, token)
  }
}

/** The id of the reservation that a response confirms: by the API in `Location`, by a form in a redirect. */
function bookedIn(status: number, headers: Headers): string | undefined {
  const link = headers.get('location') ?? headers.get('hx-redirect') ?? ''
  if (status === 201) return link.match(/^\/api\/reservations\/([0-9a-f-]{36})$/)?.[1]
  return link.match(/^\/reservations\/([0-9a-f-]{36})\?new=1$/)?.[1]
}

/** The folder and name of an image that exists. */
export const IMAGE = 'posters/fuzz.svg'

/** The path parameters of valid requests. A route with another parameter fails the run until it is added here. */
export const PARAMETERS: Record<string, string[]> = {
  room: [],
  id: [],
  name: ['fuzz.svg', 'app.css', 'app.js', 'waiting.js', 'nothing.css'],
  folder: ['posters'],
  language: ['ko', 'en', 'fr'],
  session: ['01a20779-e460-7683-8278-e5fe340e79a3', 'none'],
  letter: Array.from({ length: 40 }, (_, i) => String(i + 1)),
}
