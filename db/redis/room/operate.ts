import type { Redis, Result } from 'ioredis'
import * as z from 'zod'
import type { RoomSettings } from '../../../edge/waiting-room/room-settings.ts'
import { readScript } from '../client.ts'
import { keptRoomKeys, roomKeys } from '../keys.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    operateRoom(...args: (string | number)[]): Result<unknown, Context>
  }
}

/** Registers the script with which operators change a room. */
export function defineOperateScript(redis: Redis): void {
  redis.defineCommand('operateRoom', { numberOfKeys: 1, lua: readScript('room/operate') })
}

/** What operators have set for a room. `revision` grows with each change. */
export type OperatedRoom = { settings: RoomSettings; paused: boolean; revision: number }

/**
 * Writes the settings of a room, which every edge reads with its next tick. `superseded`: the room has this revision or a later one, and is
 * unchanged.
 */
export async function operateRoom(
  redis: Redis,
  room: string,
  { settings, paused, revision }: OperatedRoom,
): Promise<'written' | 'superseded'> {
  const { mode, perMinute, capacity, ...others } = settings
  const reply = await redis.operateRoom(
    roomKeys(room).room,
    revision,
    ...['paused', paused ? 1 : ''],
    ...['mode', mode ?? ''],
    ...['perMinute', perMinute ?? ''],
    ...['capacity', capacity ?? ''],
    ...['settings', JSON.stringify(others)],
  )
  return reply === 1 ? 'written' : 'superseded'
}

const numberField = z.coerce.number().catch(0)

/** The revision that a room has in Redis; 0 for none. */
export const readRevision = async (redis: Redis, room: string): Promise<number> =>
  numberField.parse(await redis.hget(roomKeys(room).room, 'revision') ?? 0)

/** A room in a list: `waiting` counts queue tickets that have not been called. */
export type RoomHead = { epoch: number; waiting: number; paused: boolean; steppedAtMs: number }

/** The main facts of a room; null for one that no edge has opened. */
export async function readRoomHead(redis: Redis, room: string): Promise<RoomHead | null> {
  const [epoch, issued, serving, paused, steppedAtMs] = await redis.hmget(
    roomKeys(room).room,
    ...['epoch', 'issued', 'serving', 'paused', 'steppedAtMs'],
  )
  if (epoch === null || epoch === undefined) return null
  return {
    epoch: Number(epoch),
    waiting: Math.max(0, Number(issued) - Number(serving ?? 0)),
    paused: paused === '1',
    steppedAtMs: Number(steppedAtMs),
  }
}

/** A sample of a room: when it was taken, queue tickets issued, positions called, passes given. */
export type RoomSample = { atMs: number; issued: number; serving: number; claims: number }

/** The samples of the last hour, one for each ten seconds, newest first. */
export async function readHistory(redis: Redis, room: string): Promise<RoomSample[]> {
  const lines = await redis.lrange(roomKeys(room).history, 0, -1)
  return lines.map((line) => {
    const [atMs = 0, issued = 0, serving = 0, claims = 0] = line.split(' ').map(Number)
    return { atMs, issued, serving, claims }
  })
}

/** How long the last reset of a room can still be undone, ms; 0 when it cannot. */
export const readUndoMs = async (redis: Redis, room: string): Promise<number> =>
  Math.max(0, await redis.pttl(keptRoomKeys(room)[0]!))
