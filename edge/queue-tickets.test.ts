import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { tokenKeys } from '../test/shop.ts'
import { verifyPass } from './contract/tokens.ts'
import type { Room } from './rooms/live-room.ts'
import { createQueueTickets } from './queue-tickets.ts'

test('a pass that is claimed or renewed while its room is reset belongs to the previous epoch', async () => {
  const [nowMs, epoch] = [Date.now(), 1]
  const room = {
    name: 'shop',
    snapshot: { phase: 'open', epoch, serving: 10 },
    plan: { admission: { passMs: 60_000, idleMs: 60_000, turnMs: 60_000 } },
    positionOf: (index: number) => index,
  } as unknown as Room
  const redis = {
    claimTurns() {
      room.snapshot = { ...room.snapshot, epoch: epoch + 1 }
      return Promise.resolve([['claimed', nowMs + 60_000, nowMs, 0]])
    },
  } as unknown as Redis
  const tickets = createQueueTickets({ redis, tokenKeys, random: Math.random, newId: () => 'v', onAdmitted() {} })
  const claimed = await tickets.claim(room, { room: 'shop', epoch, index: 0, visitor: 'v' })
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind)
  const renewed = (await tickets.renew(room, claimed.pass))!
  for (const { token } of [claimed, renewed]) expect(verifyPass(token, tokenKeys, nowMs)).toMatchObject({ kind: 'pass', epoch })
})
