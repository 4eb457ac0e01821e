import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimTurns } from '../../db/redis/room/room.ts'
import { prepareDraw } from '../../edge/contract/draw.ts'
import { signQueueTicket } from '../../edge/contract/tokens.ts'
import { ADMISSION, DRAW, openRoomStore, type RoomStore } from '../../test/room-under-test.ts'
import { openShop, type Shop } from '../../test/shop.ts'
import { revokeVisitor } from './visitors.ts'

const JOINED = 7
const REVOKED = 3

let shop: Shop
let store: RoomStore
beforeAll(async () => {
  ;[shop, store] = await Promise.all([openShop(), openRoomStore()])
})
afterAll(() => Promise.all([shop.close(), store.close()]))

test('a revocation that waits for the audit log while the draw happens voids the position of its visitor, and no other', async () => {
  const { tick, join, advance, room } = store.openRoom({ mode: 'draw' }, { opensAtMs: Date.now() + 60_000 })
  await tick()
  const { epoch } = await join(JOINED)
  const transaction: typeof shop.db.transaction = (run) =>
    shop.db.transaction(async (tx) => {
      await advance(900)
      await tick({ opensAtMs: Date.now() - 100 })
      return await run(tx)
    })
  const db = Object.assign(Object.create(shop.db), { transaction })
  const [person] = await shop.addPeople(1)
  await revokeVisitor(Object.assign({}, shop, { db, redis: store.redis }), {
    room,
    query: signQueueTicket({ room, epoch, index: REVOKED, visitor: `v-${REVOKED}` }, shop.tokenKeys),
    reason: 'a test',
    actor: { id: person!.id, address: null, requestId: null },
  })
  const draw = await prepareDraw(DRAW.seed, JOINED)
  await advance(900)
  await tick({ opensAtMs: Date.now() - 1_000 })
  const kinds: string[] = []
  for (let index = 0; index < JOINED; index++) {
    const turn = { epoch, visitor: `v-${index}`, position: draw.positionOf(index), index, key: '' }
    const [reply] = await claimTurns(store.redis, room, [turn], Object.assign({}, ADMISSION, { mode: 'draw' }))
    kinds.push(reply!.kind)
  }
  expect(kinds.map((kind, index) => kind === 'claimed' ? null : index).filter((index) => index !== null)).toEqual([REVOKED])
})
