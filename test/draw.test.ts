import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commitmentTo, prepareDraw } from '../edge/contract/draw.ts'
import type { Position, Snapshot } from '../edge/contract/rooms.ts'
import { openSite, type Site } from './site.ts'
import { runProgram } from './run-program.ts'

let site: Site
beforeAll(async () => void (site = await openSite({ TRUSTED_PROXIES: '1' }, undefined, 2)))
afterAll(() => site.close())

test('visitors in the lobby get positions from a draw that was committed in advance and can be verified', async () => {
  const { eventId } = await site.shop.addSale({ opensInMs: 5_000 })
  const room = `event-${eventId}`
  const readSnapshot = async (edge = 0) =>
    await (await fetch(`${site.edgeUrls[edge]}/queue/${room}`, { headers: { accept: 'application/json' } })).json() as Snapshot
  const join = async (i: number, headers: Record<string, string> = {}) => {
    const response = await fetch(`${site.edgeUrls[i % 2]}/queue/${room}/tickets`, {
      method: 'POST',
      headers: { 'x-forwarded-for': `10.3.${i >> 8}.${i & 255}`, ...headers },
    })
    return await response.json() as Position & { index: number; ticket: string }
  }

  const lobby = await readSnapshot()
  expect(lobby).toMatchObject({ phase: 'lobby', drawn: null, seed: null, issued: 0 })
  expect(lobby.commitment).toMatch(/^[0-9a-f]{64}$/)
  expect((await readSnapshot(1)).commitment).toBe(lobby.commitment)
  const early = await Promise.all(Array.from({ length: 200 }, (_, i) => join(i)))
  expect(verifyDraw(room, '--commitment', lobby.commitment!)).toMatchObject({ status: 0 })

  while ((await readSnapshot(0)).drawn === null || (await readSnapshot(1)).drawn === null) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const opened = await readSnapshot()
  expect(opened.drawn).toBe(200)
  expect(opened.commitment).toBe(lobby.commitment)
  expect(await commitmentTo(opened.seed!, room, opened.epoch)).toBe(lobby.commitment)
  const draw = await prepareDraw(opened.seed!, 200)
  const positions = await Promise.all(early.map(async ({ ticket, index }, i) => {
    const again = await join(i, { authorization: `Bearer ${ticket}` })
    expect([again.index, again.position]).toEqual([index, draw.positionOf(index)])
    return again.position
  }))
  expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i))
  // Later visitors get positions after those of the draw.
  expect(await join(300)).toMatchObject({ index: 200, position: 200 })

  const checked = verifyDraw(room, '--commitment', lobby.commitment!, '--index', '7')
  expect(checked.status).toBe(0)
  expect(checked.stdout).toContain(String(draw.positionOf(7)))
  expect(verifyDraw(room, '--commitment', 'f'.repeat(64)).status).toBe(1)
})

test('a room commits to its draw a day before its lobby opens, so that secrets can be rotated until then', async () => {
  const HOUR_MS = 3_600_000
  const commitmentOf = async (opensInMs: number) => {
    const { eventId } = await site.shop.addSale({ opensInMs, closesInMs: opensInMs + HOUR_MS })
    return async () => (await (await fetch(`${site.edgeUrl}/queue/event-${eventId}/snapshot`)).json() as Snapshot).commitment
  }
  const [soon, late] = [await commitmentOf(20 * HOUR_MS), await commitmentOf(72 * HOUR_MS)]
  expect(await late()).toBeNull()
  await expect.poll(soon).toMatch(/^[0-9a-f]{64}$/)
  expect(await late()).toBeNull()
})

function verifyDraw(room: string, ...args: string[]): { status: number | null; stdout: string } {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const command = ['edge/commands/verify-draw.ts', room, '--url', site.edgeUrl, ...args]
  return runProgram(`${root}node_modules/.bin/bun`, command, { cwd: root })
}
