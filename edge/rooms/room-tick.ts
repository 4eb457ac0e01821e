import type { Redis } from 'ioredis'
import { connectedForMs } from '../../db/redis/client.ts'
import { type KnownRoom, restartDraw, tickRoom } from '../../db/redis/room/room.ts'
import { prepareDraw } from '../contract/draw.ts'
import type { TokenKeys } from '../contract/tokens.ts'
import type { LiveRoom, RoomReading } from './live-room.ts'
import { findDraw } from './room-draw.ts'
import type { Admission, RoomPlan } from '../waiting-room/room-plan.ts'
import { planUnder, settingsOfPlan } from '../waiting-room/room-settings.ts'
import { type RoomState } from '../waiting-room/room-state.ts'
import { stepRoom } from '../waiting-room/admission.ts'
import { isDrawOutdated } from '../waiting-room/phase.ts'

/** After Redis has restarted, edges that know a room reconnect and restore it within this time. */
const RESTORE_MS = 3_000
const RESTORE_POLL_MS = 100

type Parts = {
  redis: Redis
  tokenKeys: TokenKeys
  /** How many measured requests the upstream has answered since the start, and how many of them were slow. */
  responseCounts(): { answered: number; slow: number }
  now(): number
  log(event: string, facts?: object): void
}

/**
 * Reads a room from the store, and moves it by a step if one is due. If two edges decide on the same step, the store applies
 * it once. `basePlan` is the plan without the settings of operators, which the store has. `known` is the room as this edge knows it, null on
 * the first tick. Throws StoreUnavailable.
 */
export async function tick(parts: Parts, name: string, basePlan: RoomPlan, known: LiveRoom | null): Promise<RoomReading> {
  const before = known?.plan.admission ?? basePlan.admission
  const remembered = known && rememberedFacts(known)
  const reported = parts.responseCounts()
  const counted = known?.reported ?? reported
  let state = await tickRoom(parts.redis, name, before, {
    answered: reported.answered - counted.answered,
    slow: reported.slow - counted.slow,
    known: remembered,
    step: null,
    create: known !== null,
    plan: known && reportedPlan(basePlan, known.state),
    silentMs: known?.isStoreDown ? parts.now() - known.tickedAtMs : 0,
  }) ?? await createRoom(parts.redis, name, before)
  // The store has counted these responses: a later failure of this tick must not report them again.
  if (known) known.reported = reported
  const plan = planUnder(basePlan, state.settings)
  const { opening, admission } = plan
  if (isDrawOutdated(state, opening, admission)) {
    await restartDraw(parts.redis, name, state.epoch)
    parts.log('draw_restarted', { room: name, epoch: state.epoch })
    state = await tickRoom(parts.redis, name, admission, { answered: 0, slow: 0, known: remembered, step: null }) ?? state
  }
  const step = stepRoom(state, opening, admission, await findDraw(parts, name, state, plan))
  if (step) state = await tickRoom(parts.redis, name, admission, { answered: 0, slow: 0, known: remembered, step }) ?? state
  return { state, reported, positionOf: await positionsOf(state, known) }
}

/**
 * Creates a room that this edge does not know. A store that has just restarted may have lost the room, so edges that know it get time to
 * restore it first.
 */
async function createRoom(redis: Redis, name: string, admission: Admission): Promise<RoomState> {
  while (connectedForMs(redis) < RESTORE_MS) await new Promise((resolve) => setTimeout(resolve, RESTORE_POLL_MS))
  const created = await tickRoom(redis, name, admission, { answered: 0, slow: 0, known: null, step: null })
  if (!created) throw new Error(`The room ${name} could not be created`)
  return created
}

async function positionsOf({ seed, drawn }: RoomState, known: LiveRoom | null): Promise<(index: number) => number> {
  if (known && known.state.seed === seed && known.state.drawn === drawn) return known.positionOf
  return seed && drawn ? (await prepareDraw(seed, drawn)).positionOf : (index) => index
}

/** The facts from which a store that has lost the room restores it. */
const rememberedFacts = ({ state, issuedSeen }: LiveRoom): KnownRoom => ({
  epoch: state.epoch,
  issued: issuedSeen,
  serving: state.serving,
  activeVisits: state.activeVisits,
  drawn: state.drawn,
  seed: state.seed,
  commitment: state.commitment,
  mode: state.mode,
  perMinute: state.perMinute,
  capacity: state.capacity,
  paused: state.paused ? '1' : null,
  settings: state.settings && JSON.stringify(state.settings),
  revision: state.revision,
})

/** The settings of this edge's environment, for operators, if the store has none or those of an edge with others. */
function reportedPlan(basePlan: RoomPlan, { plan }: RoomState): string | null {
  const own = JSON.stringify(settingsOfPlan(basePlan))
  return own === plan ? null : own
}
