/** The check-in of one device: decides about each scan, with the shop or with the list, and sends later what it decided alone. */
import {
  type CheckInList,
  type Mark,
  type MarkResult,
  MAX_MARKS,
  type SeatName,
  type Verdict,
} from '../../../edge/contract/check-in.ts'
import { type CheckInState, initialState, type Scan } from '../../admin/check-in-state.ts'
import type { DoorApi, Reply } from './door-api.ts'
import type { DoorStore, PendingMark } from './door-store.ts'
import { createRoster, type ListedSeat, type Roster } from './roster.ts'

const MAX_RECENT = 20
const MAX_CONFLICTS = 200

type Parts = {
  eventId: number
  api: DoorApi
  store: DoorStore
  device: string
  now(): Date
  newId(): string
  show(state: CheckInState): void
}

export type Door = ReturnType<typeof createDoor>

export function createDoor({ eventId, api, store, device, now, newId, show }: Parts) {
  let state: CheckInState = Object.assign(initialState(eventId), { device })
  let roster: Roster | null = null
  let pending: readonly PendingMark[] = []
  let isBusy = false
  let sending: Promise<Reply<unknown>> | null = null

  function update(changes: Partial<CheckInState>): void {
    state = Object.assign({}, state, changes, { pending: pending.length })
    show(state)
  }

  /** What an answer says about the connection. */
  const connectionAfter = (reply: Reply<unknown>): Pick<CheckInState, 'connection'> => ({
    connection: reply.kind === 'offline' ? 'offline' : reply.kind === 'login' ? 'login' : 'online',
  })

  /** The same for the list and the figures, which a busy shop refuses while it answers scans. */
  const connectionAfterRead = (reply: Reply<unknown>): Pick<CheckInState, 'connection'> =>
    reply.kind === 'offline' && state.connection !== 'loading' ? { connection: state.connection } : connectionAfter(reply)

  function take(list: CheckInList): void {
    roster = createRoster(list)
    for (const { mark, seat } of pending) roster.admit(admittedBy(mark, seat))
    update({ listAsOf: list.asOf })
  }

  async function keepPending(next: readonly PendingMark[]): Promise<void> {
    pending = next
    await store.pending.write(next)
  }

  /** Shows a scan as the present one, and among the latest. */
  function present(scan: Scan): void {
    const recent = [scan].concat(state.recent.filter(({ id }) => id !== scan.id)).slice(0, MAX_RECENT)
    update({ current: scan, note: null, choice: null, recent })
  }

  /** Decides with the shop, or with the list if the shop does not answer. Null if the shop refuses to decide: nobody is admitted. */
  async function decide(mark: Mark, listed: ListedSeat): Promise<Scan | null> {
    const reply = await api.mark([mark], state.connection === 'offline' ? 'retry' : 'scan')
    update(connectionAfter(reply))
    if (reply.kind === 'ok') return accept(mark, reply.body.results[0]!.verdict)
    return reply.kind === 'offline' ? await decideAlone(mark, listed) : null
  }

  function accept(mark: Mark, verdict: Verdict): Scan {
    if (verdict.kind === 'admitted' || verdict.kind === 'used') {
      const by = verdict.kind === 'used' ? verdict.device : mark.device
      roster?.admit(Object.assign(admittedBy(mark, verdict.seat), { at: verdict.at, device: by }))
    }
    return { id: mark.id, verdict, isPending: false, isUndone: false }
  }

  async function decideAlone(mark: Mark, listed: ListedSeat): Promise<Scan> {
    const scan = (verdict: Verdict, isPending = false): Scan => ({ id: mark.id, verdict, isPending, isUndone: false })
    if (listed.kind === 'choose') return scan({ kind: 'unknown' })
    if (listed.kind !== 'free') return scan(listed)
    // Kept before anybody is let in.
    await keepPending(pending.concat({ mark, seat: listed.seat }))
    roster?.admit(admittedBy(mark, listed.seat))
    return scan({ kind: 'admitted', seat: listed.seat, at: mark.at }, true)
  }

  /** Sends what was decided alone. What the shop refuses becomes a conflict. */
  function sendPending(): Promise<Reply<unknown>> {
    sending ??= sendAll().finally(() => sending = null)
    return sending
  }

  async function sendAll(): Promise<Reply<unknown>> {
    let reply: Reply<{ results: MarkResult[] }> = { kind: 'ok', body: { results: [] } }
    while (pending.length > 0 && reply.kind === 'ok') {
      const batch = pending.slice(0, MAX_MARKS)
      reply = await api.mark(batch.map(({ mark }) => mark), 'pending')
      if (reply.kind !== 'ok') break
      const sent = new Set(batch.map(({ mark }) => mark.id))
      const refused = reply.body.results.filter(({ verdict }) => verdict.kind !== 'admitted')
        .map(({ id, verdict }): Scan => ({ id, verdict, isPending: false, isUndone: false }))
      await keepPending(pending.filter(({ mark }) => !sent.has(mark.id)))
      const conflicts = refused.concat(state.conflicts).slice(0, MAX_CONFLICTS)
      await store.conflicts.write(conflicts)
      update({
        conflicts,
        recent: state.recent.map((scan) => sent.has(scan.id) ? Object.assign({}, scan, { isPending: false }) : scan),
      })
    }
    return reply
  }

  async function undo(scan: Scan): Promise<void> {
    if (scan.verdict.kind !== 'admitted') return
    const { reservation, ordinal } = scan.verdict.seat
    const isUnsent = pending.some(({ mark }) => mark.id === scan.id)
    const reply = await api.undo({ id: scan.id, reservation, ordinal })
    // A scan that was not sent may have arrived without its answer. The shop refuses to undo what it does not know, which is as good.
    const isDone = reply.kind === 'ok' || isUnsent || reply.kind === 'refused'
    if (!isDone) return update(Object.assign(connectionAfter(reply), { note: 'undoFailed' as const }))
    await keepPending(pending.filter(({ mark }) => mark.id !== scan.id))
    roster?.undo({ reservation, ordinal })
    present(Object.assign({}, scan, { isUndone: true, isPending: false }))
  }

  return {
    state: () => state,
    update,
    undo,
    /** Takes what the device has kept, then downloads the list. */
    async open(): Promise<void> {
      pending = await store.pending.read() ?? []
      const [list, conflicts] = await Promise.all([store.list.read(), store.conflicts.read()])
      if (list) take(list)
      update({ conflicts: conflicts ?? [] })
      await this.refresh()
    },
    /** Downloads the list. */
    async refresh(): Promise<void> {
      await sendPending()
      const reply = await api.list()
      update(connectionAfterRead(reply))
      if (reply.kind !== 'ok') return
      await store.list.write(reply.body)
      take(reply.body)
      await this.sync()
    },
    /** Sends what is waiting, and reads the figures. */
    async sync(): Promise<void> {
      const sent = await sendPending()
      if (sent.kind !== 'ok') return update(connectionAfter(sent))
      const reply = await api.figures()
      update(connectionAfterRead(reply))
      if (reply.kind === 'ok') update({ figures: reply.body as CheckInState['figures'] })
    },
    /** Checks the text of a QR code, or a typed code. Ignored while another one is checked. */
    async check(text: string): Promise<void> {
      if (isBusy) return
      isBusy = true
      try {
        const listed = roster ? await roster.read(text) : { kind: 'unknown' as const }
        if (listed.kind === 'choose') return update({ choice: listed.seats, current: null, note: null })
        const mark = { id: newId(), text: text.trim(), at: now().toISOString(), device: state.device }
        const isFinal = listed.kind === 'invalid' || listed.kind === 'other_event'
        const scan = isFinal ? { id: mark.id, verdict: listed, isPending: false, isUndone: false } : await decide(mark, listed)
        if (scan) present(scan)
        else update({ current: null, choice: null, note: state.connection === 'login' ? 'notCheckedLogin' : 'notChecked' })
      } finally {
        isBusy = false
      }
    },
    async dismiss({ id }: Scan): Promise<void> {
      const conflicts = state.conflicts.filter((scan) => scan.id !== id)
      await store.conflicts.write(conflicts)
      update({ conflicts })
    },
  }
}

const admittedBy = ({ id, at, device }: Mark, { reservation, ordinal }: SeatName) => ({
  reservation,
  ordinal,
  markId: id,
  at,
  device,
})
