import { expect, test } from 'vitest'
import { commitmentTo, prepareDraw } from '../contract/draw.ts'
import { type DrawSnapshot, verifyDraw } from './verify-draw.ts'

const seed = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
const otherSeed = seed.replace('00', '01')
const commitment = await commitmentTo(seed, 'event-1', 3)
const held: DrawSnapshot = { room: 'event-1', epoch: 3, drawn: 1_000, commitment, seed, phase: 'open' }
const notYet: DrawSnapshot = { ...held, drawn: null, seed: null, phase: 'lobby' }
const query = { room: 'event-1' }

test('accepts a valid draw, with the noted commitment and the position of a ticket', async () => {
  const { ok, lines } = await verifyDraw(held, { ...query, commitment, index: 7 })
  expect(ok).toBe(true)
  expect(lines.join('\n')).toContain('The commitment is the one you noted.')
  expect(lines.join('\n')).toContain(`Ticket 7 was drawn: its position is ${(await prepareDraw(seed, 1_000)).positionOf(7)},`)
  expect((await verifyDraw(held, { ...query, index: 1_000 })).lines.join('\n')).toContain(
    'came after the draw: its position is 1000,',
  )
  expect((await verifyDraw({ ...held, drawn: 0 }, query)).ok).toBe(true)
})

test('shows the commitment to note down before the draw', async () => {
  const { ok, lines } = await verifyDraw(notYet, query)
  expect(ok).toBe(true)
  expect(lines.at(-1)).toContain(commitment)
})

test('accepts a room without a draw', async () => {
  const { ok, lines } = await verifyDraw({ ...notYet, commitment: null }, query)
  expect(ok).toBe(true)
  expect(lines).toEqual(['There is no draw in room "event-1" (lobby).'])
})

test.each<[string, DrawSnapshot, string?]>([
  ['another seed', { ...held, seed: otherSeed }],
  ['another epoch', { ...held, epoch: 4 }],
  ['another room', { ...held, room: 'event-2' }],
  ['a commitment that does not match the seed', { ...held, commitment: await commitmentTo(otherSeed, 'event-1', 3) }],
  ['a seed and a commitment that match each other, but not the noted commitment', {
    ...held,
    seed: otherSeed,
    commitment: await commitmentTo(otherSeed, 'event-1', 3),
  }, commitment],
  ['a commitment changed before the opening', notYet, await commitmentTo(otherSeed, 'event-1', 3)],
  ['no commitment although one was noted', { ...notYet, commitment: null }, commitment],
  ['a draw without a commitment', { ...held, commitment: null }],
  ['a draw without its seed', { ...held, seed: null }],
  ['a seed before the draw', { ...held, drawn: null }],
  ['a draw that was given up', { ...held, drawn: 0, seed: '' }],
])('rejects %s', async (_, snapshot, noted) => {
  const { ok, lines } = await verifyDraw(snapshot, { ...query, commitment: noted })
  expect(ok).toBe(false)
  expect(lines.at(-1)).toMatch(/^WRONG: /)
})
