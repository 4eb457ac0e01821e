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
 * Computes the drawn position and verifies the draw, without a request. Returns false when that is not possible: without crypto.subtle, or before
 * the seed is revealed.
 */
export async function applyDraw(session: Session): Promise<boolean> {
  const { room, snapshot: { seed, drawn, commitment, epoch }, position } = session
  if (!globalThis.crypto?.subtle || !seed || drawn === null || !position) return false
  const isVerified = await commitmentTo(seed, room, epoch) === (rememberCommitment(session) ?? commitment)
  const drawnPosition = (await prepareDraw(seed, drawn)).positionOf(position.index)
  setPosition(session, { ...position, position: drawnPosition })
  const { texts, language } = session
  const text = isVerified ? texts.drawn : texts.drawWrong
  const element = byId('draw')
  element.hidden = position.index >= drawn
  element.textContent = text.replace('%', drawn.toLocaleString(language))
    .replace('%', (drawnPosition + 1).toLocaleString(language))
  element.className = isVerified ? 'good' : 'trouble'
  return true
}
