import type { Redis } from 'ioredis'
import { type Claim, type ClaimReply, claimTurns, endVisits, joinRoom } from '../../db/redis/room/room.ts'
import { createMicroBatcher } from '../../runtime/micro-batcher.ts'
import type { Pass } from '../contract/tokens.ts'
import type { Room } from './live-room.ts'

/** Batch sizes bound the time that one script blocks Redis. */
const JOINING = { maxSize: 1_000, maxWaitMs: 5, concurrency: 1 }
const CLAIMING = { maxSize: 100, maxWaitMs: 5, concurrency: 8 }

type Issued = { epoch: number; index: number }

/** A room's calls to Redis. Visitors who join, claim or leave within milliseconds of each other share one call. */
export function createRoomBatchers(redis: Redis, room: Room) {
  // Two batchers: one call joins either accounts or anonymous visitors.
  const createJoinBatcher = () =>
    createMicroBatcher<string | null, Issued | 'full' | 'no_room'>((accounts) => joinBatch(redis, room, accounts), JOINING)
  return {
    joinAnonymously: createJoinBatcher(),
    joinAsAccount: createJoinBatcher(),
    claim: createMicroBatcher<Claim, ClaimReply>((claims) => claimTurns(redis, room.name, claims, room.plan.admission), CLAIMING),
    endVisit: createMicroBatcher<Pass, void>(async (passes) => {
      for (const epoch of new Set(passes.map((pass) => pass.epoch))) {
        await endVisits(redis, room.name, epoch, passes.filter((pass) => pass.epoch === epoch).map(({ id }) => id))
      }
      return passes.map(() => undefined)
    }, CLAIMING),
  }
}

export type RoomBatchers = ReturnType<typeof createRoomBatchers>

async function joinBatch(redis: Redis, room: Room, accounts: (string | null)[]): Promise<(Issued | 'full' | 'no_room')[]> {
  const known = { epoch: room.snapshot.epoch, issued: room.issuedSeen }
  const joined = await joinRoom(redis, room.name, accounts, known, room.plan.rules.maxWaiting)
  if (!joined) return accounts.map(() => 'no_room')
  const { epoch, indexes } = joined
  const issued = indexes.flatMap((index) => index === null ? [] : [index + 1])
  if (epoch === room.snapshot.epoch) room.issuedSeen = Math.max(room.issuedSeen, ...issued)
  return indexes.map((index) => index === null ? 'full' : { epoch, index })
}
