import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ATTEMPTS, type Case, CASES, HONEST, play, SEATS } from './cases.ts'
import { simulateJoins } from './simulate-joins.ts'
import { renderTable } from './table.ts'

const SEEDS = [1, 2, 3]
const playAll = (one: Case) => Promise.all(SEEDS.map((seed) => play(one, seed)))

describe('5,400 attempts from one address, beside 30 honest visitors in a sale of 300 seats', { tags: ['slow'] }, () => {
  test('shut the honest visitors out of a room without rules (negative control)', async () => {
    for (const { attackerTickets, honestTickets, honestTurns } of await playAll(CASES.unlimited)) {
      expect([attackerTickets, honestTickets]).toEqual([ATTEMPTS, HONEST])
      expect(honestTurns).toBeLessThan(0.1 * HONEST)
    }
  })

  test.each(['account', 'accountNat', 'accountSame', 'account10', 'account100'] as const)(
    'leave every honest account a turn: %s',
    async (name) => {
      for (const outcome of await playAll(CASES[name])) {
        const attackerTickets = CASES[name].lobby.attacker.accounts.length
        expect(outcome).toEqual({ attackerTickets, honestTickets: HONEST, honestTurns: HONEST })
      }
    },
  )

  test('with 1,000 accounts take the turns of honest ones, but not if only 10 have a verified address', async () => {
    for (const { honestTickets, honestTurns } of await playAll(CASES.account1000)) {
      expect(honestTickets).toBe(HONEST)
      expect(honestTurns).toBeLessThan(0.5 * HONEST)
    }
    for (const outcome of await playAll(CASES.verified)) {
      expect(outcome).toEqual({ attackerTickets: 10, honestTickets: HONEST, honestTurns: HONEST })
    }
  })

  test('in a room that anyone may join get no more tickets than the limit of their address, and no other address is refused', async () => {
    for (const name of ['anyone', 'anyoneNat', 'strict'] as const) {
      const { anonymousJoins: { burst, perSecond }, lobbyMs } = CASES[name].lobby
      for (const { attackerTickets, honestTickets, honestTurns } of await playAll(CASES[name])) {
        expect(attackerTickets).toBeLessThanOrEqual(burst + perSecond * lobbyMs / 1_000)
        expect(honestTickets).toBe(HONEST)
        // The draw is fair: each ticket has the same chance of one of the seats.
        const fairShare = HONEST * SEATS / (attackerTickets + honestTickets)
        expect(honestTurns).toBeGreaterThan(0.8 * fairShare)
        expect(honestTurns).toBeGreaterThan(3 * 0.05 * HONEST)
      }
    }
  })

  test('cost two requests each where a proof of work is due', () => {
    const { owners, challenges } = simulateJoins(Object.assign({ seed: 1 }, CASES.anyone.lobby))
    const { anonymousJoins: { burst, perSecond }, lobbyMs, joinsWithoutWork } = CASES.anyone.lobby
    expect(challenges).toBeGreaterThan(0.9 * owners.filter((owner) => owner === 'attacker').length)
    expect(owners.length).toBeLessThan((burst + perSecond * lobbyMs / 1_000) / 2 + joinsWithoutWork + HONEST)
  })

  test('are tabled in docs/edge.md as `npm run simulate-joins` prints them', async () => {
    const lines = (text: string) => text.replace(/ *\| */g, '|').replace(/-+/g, '-').split('\n')
    const documented = lines(readFileSync(join(import.meta.dirname, '../../docs/edge.md'), 'utf8'))
    expect(documented).toEqual(expect.arrayContaining(lines(await renderTable())))
  })
})
