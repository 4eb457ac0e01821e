import { CASES, HONEST, play } from './cases.ts'

const COLUMNS = ['rule', 'honest visitors come from', 'tickets of the attacker', 'honest visitors who join', 'who get a turn']
const number = new Intl.NumberFormat('en')

/** Plays all cases; returns a table in Markdown, without padding. */
export async function renderTable(): Promise<string> {
  const rows = [COLUMNS, COLUMNS.map(() => '---')]
  for (const one of Object.values(CASES)) {
    const { attackerTickets, honestTickets, honestTurns } = await play(one)
    const joined = `${honestTickets} of ${HONEST}`
    rows.push([one.name, one.from, number.format(attackerTickets), joined, String(Math.round(honestTurns))])
  }
  return rows.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
