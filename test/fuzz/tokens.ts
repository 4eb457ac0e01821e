import { eventRoom } from '../../edge/contract/rooms.ts'
import { readTokenKeys, signPass, signQueueTicket, visitorOf } from '../../edge/contract/tokens.ts'
import type { Person } from '../../origin/accounts.ts'
import { tokenKeys } from '../shop.ts'
import type { Dice } from './dice.ts'
import type { FuzzEvent } from './world.ts'

const foreignKeys = readTokenKeys('a secret of somebody else that has enough bytes')
const DAY_MS = 86_400_000

/** Tokens that are expired, foreign, of another kind, room or epoch, of extreme claims, cut or garbled. */
export function brokenTokens(dice: Dice, { event, person }: { event: FuzzEvent; person: Person | null }): string[] {
  const [room, id, nowMs] = [eventRoom(event.eventId), dice.uuid(), Date.now()]
  const pass = { id, room, epoch: event.epoch, expiresAtMs: nowMs + DAY_MS, untilMs: nowMs + DAY_MS }
  const ticket = { room, epoch: event.epoch, index: dice.below(30), visitor: id }
  const own = visitorOf(person?.id ?? 1, { epoch: event.epoch, index: ticket.index })
  const valid = signPass(pass, tokenKeys)
  const nonsense = { sub: '1e3', nickname: 7, role: 'owner', exp: 9e15, room: null, epoch: -1, index: 1.5, jti: '', until: 'x' }
  return [
    signPass({ ...pass, expiresAtMs: nowMs - DAY_MS }, tokenKeys),
    signPass({ ...pass, room: 'event-999999' }, tokenKeys),
    signPass({ ...pass, epoch: event.epoch + 1 }, tokenKeys),
    signPass({ ...pass, id: visitorOf(987_654, ticket) }, tokenKeys),
    signPass({ ...pass, expiresAtMs: 8.64e18, untilMs: 8.64e18 }, tokenKeys),
    signPass(pass, foreignKeys),
    signQueueTicket(ticket, tokenKeys),
    signQueueTicket({ ...ticket, visitor: own }, tokenKeys),
    signQueueTicket({ ...ticket, index: Number.MAX_SAFE_INTEGER }, tokenKeys),
    signQueueTicket({ ...ticket, epoch: event.epoch - 1 }, tokenKeys),
    signQueueTicket({ ...ticket, visitor: 'x'.repeat(900) }, tokenKeys),
    signQueueTicket({ ...ticket, visitor: '' }, tokenKeys),
    signQueueTicket(ticket, foreignKeys),
    ...['access', 'pass', 'ticket', 'device'].map((type) => tokenKeys.hs256.sign(type, nonsense)),
    valid.slice(0, -3),
    `${valid}${valid}`,
    valid.replace('.', '..'),
    'eyJhbGciOiJub25lIn0.e30.',
    'x'.repeat(3_000),
  ]
}
