import { beforeEach, describe, expect, test } from 'vitest'
import { type AdmissionTicket, ticketCode } from '../../../edge/contract/admission-ticket.ts'
import type { CheckInList, Mark, MarkResult } from '../../../edge/contract/check-in.ts'
import { readTokenKeys } from '../../../edge/contract/tokens.ts'
import { createTicketKeys } from '../../../origin/ticket-keys.ts'
import type { CheckInState } from '../../admin/check-in-state.ts'
import { createDoor, type Door } from './door.ts'
import type { DoorApi, Reply } from './door-api.ts'
import type { DoorStore } from './door-store.ts'
import { createRoster } from './roster.ts'

const keys = createTicketKeys(undefined, readTokenKeys('a secret for tests that has enough bytes'))
const [HELD, CANCELLED, SINGLE] = [
  '01a20779-e460-7683-8278-e5fe340e79a3',
  '01a20779-e460-7683-8278-e5fe34111111',
  '01a20779-e460-7683-8278-e5fe34222222',
]
const list: CheckInList = {
  event: { id: 7, title: '공연', venue: '홀', startsAt: '2026-12-08T10:00:00.000Z', zone: 'Asia/Seoul' },
  ticketTypes: [{ id: 12, name: 'R석' }],
  reservations: [[HELD!, 12, 2], [CANCELLED!, 12, 0], [SINGLE!, 12, 1]],
  admitted: [{ reservation: HELD!, ordinal: 2, markId: 'm', at: '2026-12-08T09:30:00.000Z', device: 'B' }],
  keys: keys.publicKeys,
  asOf: '2026-12-08T09:00:00.000Z',
}
const sign = (changes: Partial<AdmissionTicket> = {}) =>
  keys.sign(Object.assign({ event: 7, reservation: HELD!, ticketType: 12, ordinal: 1 }, changes))

describe('the downloaded list', () => {
  const kindOf = async (text: string) => (await createRoster(list).read(text)).kind

  test('admits a seat that is held and not in', async () => {
    expect(await createRoster(list).read(await sign())).toMatchObject({ kind: 'free', seat: { ticketType: 'R석', quantity: 2 } })
  })

  test('refuses a used seat with its time, a cancelled one, one beyond those that are held, and one of another event', async () => {
    expect(await createRoster(list).read(await sign({ ordinal: 2 }))).toMatchObject({ kind: 'used', device: 'B' })
    expect(await kindOf(await sign({ reservation: CANCELLED! }))).toBe('cancelled')
    expect(await kindOf(await sign({ ordinal: 3 }))).toBe('cancelled')
    expect(await kindOf(await sign({ event: 8 }))).toBe('other_event')
    expect(await kindOf(await sign({ ticketType: 13 }))).toBe('unknown')
    expect(await kindOf(await sign({ reservation: '01a20779-e460-7683-8278-e5fe34333333' }))).toBe('unknown')
  })

  test('refuses a changed ticket, and one that was signed with another key', async () => {
    const text = await sign()
    const middle = Math.floor(text.length / 2)
    const changed = text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
    expect(await kindOf(changed)).toBe('invalid')
    const foreign = createTicketKeys(undefined, readTokenKeys('another secret for tests with enough bytes'))
    expect(await kindOf(await foreign.sign({ event: 7, reservation: HELD!, ticketType: 12, ordinal: 1 }))).toBe('unknown_key')
    expect(await kindOf('https://evil.example')).toBe('invalid')
  })

  test('finds typed codes, and asks for the seat of a number alone', async () => {
    const code = ticketCode({ reservation: HELD!, ordinal: 1 })
    expect(await kindOf(code.toLowerCase())).toBe('free')
    expect(await createRoster(list).read(code.slice(0, -2))).toMatchObject({
      kind: 'choose',
      seats: [{ ordinal: 1, isUsed: false }, { ordinal: 2, isUsed: true }],
    })
    expect(await kindOf(ticketCode({ reservation: SINGLE!, ordinal: 1 }).slice(0, -2))).toBe('free')
    expect(await kindOf('ZZZZZ-ZZZZZ-1')).toBe('unknown')
  })
})

describe('a device at the door', () => {
  let answer: (marks: readonly Mark[]) => Reply<{ results: MarkResult[] }>
  let isAway: boolean
  /** What fails alone: a busy shop refuses lists and figures while it answers scans. */
  let failing: { list?: true; figures?: true }
  let sent: Mark[]
  let kept: Map<string, unknown>
  let door: Door
  let state: CheckInState

  const reply = <Body>(body: Body): Reply<Body> => isAway ? { kind: 'offline' } : { kind: 'ok', body }
  const api: DoorApi = {
    list: () => Promise.resolve(failing.list ? { kind: 'offline' } : reply(list)),
    figures: () => Promise.resolve(failing.figures ? { kind: 'offline' } : reply({ ticketTypes: [] })),
    mark: (marks) => {
      if (isAway) return Promise.resolve({ kind: 'offline' })
      sent.push(...marks)
      return Promise.resolve(answer(marks))
    },
    undo: () => Promise.resolve(reply(null)),
  }
  const slot = <Value>(name: string) => ({
    read: () => Promise.resolve(kept.get(name) as Value | undefined),
    write: (value: Value) => Promise.resolve(void kept.set(name, value)),
  })
  const openDoor = async () => {
    let ids = kept.size * 1_000
    const store: DoorStore = {
      list: slot('list'),
      pending: slot('pending'),
      conflicts: slot('conflicts'),
      device: { read: () => 'A', write: () => {} },
    }
    const now = () => new Date('2026-12-08T09:45:00.000Z')
    door = createDoor({ eventId: 7, api, store, device: 'A', now, newId: () => String(++ids), show: (next) => state = next })
    await door.open()
  }
  const admitAll = (marks: readonly Mark[]): Reply<{ results: MarkResult[] }> => {
    const seat = { reservation: HELD!, code: 'c', ticketType: 'R석', ordinal: 1, quantity: 2 }
    return { kind: 'ok', body: { results: marks.map(({ id, at }) => ({ id, verdict: { kind: 'admitted', seat, at } })) } }
  }
  beforeEach(async () => {
    ;[isAway, failing, sent, kept, answer] = [false, {}, [], new Map(), admitAll]
    await openDoor()
  })

  test('lets the shop decide while it answers', async () => {
    await door.check(await sign())
    expect(state.current).toMatchObject({ verdict: { kind: 'admitted' }, isPending: false })
    expect([sent.length, state.pending]).toEqual([1, 0])
    await door.check(await sign({ event: 8 }))
    expect([state.current?.verdict.kind, sent.length]).toEqual(['other_event', 1])
  })

  test('decides by the list without a network, once for each seat, and sends it later, also after a reload', async () => {
    isAway = true
    await door.check(await sign())
    expect(state).toMatchObject({
      connection: 'offline',
      pending: 1,
      current: { verdict: { kind: 'admitted' }, isPending: true },
    })
    await door.check(await sign())
    expect(state.current?.verdict).toMatchObject({ kind: 'used', device: 'A', at: '2026-12-08T09:45:00.000Z' })
    await openDoor()
    await door.check(await sign())
    expect(state).toMatchObject({ pending: 1, current: { verdict: { kind: 'used' } } })
    isAway = false
    await door.sync()
    expect(sent).toMatchObject([{ device: 'A', at: '2026-12-08T09:45:00.000Z' }])
    expect([state.pending, kept.get('pending'), state.connection]).toEqual([0, [], 'online'])
  })

  test('shows what another device had admitted first', async () => {
    isAway = true
    await door.check(await sign())
    isAway = false
    const seat = { reservation: HELD!, code: 'c', ticketType: 'R석', ordinal: 1, quantity: 2 }
    answer = (marks) => ({
      kind: 'ok',
      body: { results: marks.map(({ id }) => ({ id, verdict: { kind: 'used', seat, at: list.asOf, device: 'B' } })) },
    })
    await door.sync()
    expect(state.conflicts).toMatchObject([{ verdict: { kind: 'used', device: 'B' } }])
    await openDoor()
    expect(state.conflicts).toHaveLength(1)
    await door.dismiss(state.conflicts[0]!)
    expect([state.conflicts, kept.get('conflicts')]).toEqual([[], []])
  })

  test('undoes a scan that was not sent, and one that was', async () => {
    isAway = true
    await door.check(await sign())
    await door.undo(state.current!)
    expect([state.current?.isUndone, state.pending]).toEqual([true, 0])
    isAway = false
    await door.sync()
    expect(sent).toEqual([])
    await door.check(await sign())
    isAway = true
    await door.undo(state.current!)
    expect([state.current?.isUndone, state.note]).toEqual([false, 'undoFailed'])
    isAway = false
    await door.undo(state.current!)
    expect(state.current?.isUndone).toBe(true)
  })

  const useAll = (marks: readonly Mark[]): Reply<{ results: MarkResult[] }> => {
    const seat = { reservation: HELD!, code: 'c', ticketType: 'R석', ordinal: 1, quantity: 2 }
    return {
      kind: 'ok',
      body: { results: marks.map(({ id }) => ({ id, verdict: { kind: 'used', seat, at: list.asOf, device: 'B' } })) },
    }
  }

  test.each([[{ list: true }], [{ figures: true }], [{ list: true, figures: true }]] as const)(
    'A139: lets the shop decide while only %o fails',
    async (broken) => {
      failing = broken
      answer = useAll
      await door.sync()
      await door.refresh()
      await door.check(await sign())
      expect(state).toMatchObject({ connection: 'online', pending: 0, current: { verdict: { kind: 'used', device: 'B' } } })
      expect(sent).toHaveLength(1)
    },
  )

  test('A139: asks the shop about each scan again after it did not answer one', async () => {
    isAway = true
    await door.check(await sign({ reservation: SINGLE! }))
    expect(state.current).toMatchObject({ verdict: { kind: 'admitted' }, isPending: true })
    isAway = false
    answer = useAll
    await door.check(await sign())
    expect(state.current?.verdict).toMatchObject({ kind: 'used', device: 'B' })
  })

  test.each([['refused', 'notChecked'], ['login', 'notCheckedLogin']] as const)(
    'A139: admits nobody when the reply is %s',
    async (kind, note) => {
      answer = () => ({ kind })
      await door.check(await sign())
      expect(state).toMatchObject({ current: null, note, pending: 0, recent: [] })
    },
  )

  test('says when a ticket may be newer than the list', async () => {
    isAway = true
    await door.check(await sign({ reservation: '01a20779-e460-7683-8278-e5fe34333333' }))
    expect([state.current?.verdict.kind, state.pending, state.connection]).toEqual(['unknown', 0, 'offline'])
  })
})
