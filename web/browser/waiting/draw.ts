import { commitmentTo, prepareDraw } from '../../../edge/contract/draw.ts'
import { awaitsDraw } from '../../../edge/contract/wait-estimate.ts'
import { byId } from '../dom.ts'
import { type Session, setPosition } from './session.ts'
import { withStorage } from '../storage.ts'

/**
 * Remembers the commitment when it is first seen, before the opening, and returns it: the revealed seed must match this commitment, even if
 * the room publishes another one later. Null when nothing was remembered.
 */
export function rememberCommitment({ room, snapshot }: Session): string | null {
  const key = `draw-${room}-${snapshot.epoch}`
  return withStorage(() => {
    if (awaitsDraw(snapshot) && snapshot.commitment !== null && !sessionStorage.getItem(key)) {
      sessionStorage.setItem(key, snapshot.commitment)
    }
    return sessionStorage.getItem(key)
  }, null)
}

/**
 * Computes the drawn position and verifies the draw, without a request. Returns false when that is not possible: without crypto.subtle, before
 * the seed is revealed, or when the promised draw was given up (an empty seed), of which it warns.
 */
export async function applyDraw(session: Session): Promise<boolean> {
  const { room, snapshot: { seed, drawn, commitment, epoch, issued }, position } = session
  if (!position || drawn === null) return false
  if (seed === '' && rememberCommitment(session)) showDraw(session, false, issued)
  if (!globalThis.crypto?.subtle || !seed) return false
  const isVerified = await commitmentTo(seed, room, epoch) === (rememberCommitment(session) ?? commitment)
  setPosition(session, { ...position, position: (await prepareDraw(seed, drawn)).positionOf(position.index) })
  showDraw(session, isVerified, drawn)
  return true
}

/** Says whether the draw is the promised one, to those who have taken part in it. */
function showDraw({ texts, language, position }: Session, isVerified: boolean, drawn: number): void {
  const element = byId('draw')
  element.hidden = position!.index >= drawn
  element.textContent = texts[isVerified ? 'drawn' : 'drawWrong'].replace('%', drawn.toLocaleString(language))
    .replace('%', (position!.position + 1).toLocaleString(language))
  element.className = isVerified ? 'good' : 'trouble'
}
