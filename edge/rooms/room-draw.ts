import { commitmentTo, deriveSeed } from '../contract/draw.ts'
import type { TokenKeys } from '../contract/tokens.ts'
import type { RoomState } from '../waiting-room/room-state.ts'
import type { RoomPlan } from '../waiting-room/room-plan.ts'

/**
 * A commitment is published at most this long before the lobby opens: keys rotate, and the key behind an older commitment could be gone
 * when the draw is held.
 */
const COMMIT_AHEAD_MS = 86_400_000

type Parts = { tokenKeys: TokenKeys; log(event: string, facts?: object): void }

/**
 * The seed and the commitment of a room's draw; null when no draw is due, or when no key yields the published commitment. The seed is
 * derived from the token keys, so that no store holds it before the opening.
 */
export async function findDraw(
  { tokenKeys, log }: Parts,
  room: string,
  state: RoomState,
  plan: RoomPlan,
): Promise<{ seed: string; commitment: string } | null> {
  if (!isDrawDue(state, plan)) return null
  for (const key of tokenKeys.secrets) {
    const seed = await deriveSeed(key, room, state.epoch)
    const commitment = await commitmentTo(seed, room, state.epoch)
    if (state.commitment === null || state.commitment === commitment) return { seed, commitment }
  }
  log('draw_secret_missing', { room, epoch: state.epoch })
  return null
}

/** Whether a published commitment awaits its draw, or a commitment has to be published. */
function isDrawDue(state: RoomState, { opening, admission }: RoomPlan): boolean {
  if (state.drawn !== null) return false
  if (state.commitment !== null) return true
  const opensAtMs = opening.opensAtMs ?? 0
  const isNearLobby = state.nowMs >= opensAtMs - admission.lobbyMs - COMMIT_AHEAD_MS && state.nowMs < opensAtMs
  return (state.mode ?? admission.mode) === 'draw' && isNearLobby
}
