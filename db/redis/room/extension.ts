import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import type { Admission } from '../../../edge/waiting-room/room-plan.ts'
import { extensionMs } from '../../../edge/waiting-room/visit-extension.ts'
import { readScript } from '../client.ts'
import { roomKeys } from '../keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    extendVisit(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Registers the script that extends visits on a connection. */
export function defineExtensionScript(redis: Redis): void {
  redis.defineCommand('extendVisit', { numberOfKeys: 3, lua: readScript('room/extend') })
}

const index = z.number().int()

/** The outcomes of `extend.lua`; its head comment describes each. */
export type ExtendReply =
  | { kind: 'extended'; expiresAtMs: number; untilMs: number }
  | { kind: 'already' }
  | { kind: 'early'; waitMs: number }
  | { kind: 'void' }
  | { kind: 'ended' }

const extendReply = z.union([
  z.tuple([z.literal('extended'), index, index]),
  z.tuple([z.literal('early'), index]),
  z.tuple([z.enum(['already', 'void', 'ended'])]),
])

/** Extends an active visit by `extensionMs`, once. Another press, also at the same time, gets `already`. Throws StoreUnavailable. */
export async function extendVisit(
  redis: Redis,
  room: string,
  { epoch, visitor }: { epoch: number; visitor: string },
  { passMs, idleMs }: Pick<Admission, 'passMs' | 'idleMs'>,
): Promise<ExtendReply> {
  const keys = roomKeys(room)
  const extension = extensionMs({ passMs })
  const reply = extendReply.parse(
    await redis.extendVisit(keys.room, keys.passes, keys.visits, passMs, idleMs, extension, epoch, visitor),
  )
  switch (reply[0]) {
    case 'extended':
      return { kind: 'extended', expiresAtMs: reply[1], untilMs: reply[2] + passMs }
    case 'early':
      return { kind: 'early', waitMs: reply[1] }
    case 'already':
    case 'void':
    case 'ended':
      return { kind: reply[0] }
    default:
      return reply satisfies never
  }
}
