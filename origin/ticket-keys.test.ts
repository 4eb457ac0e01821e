import { expect, test } from 'vitest'
import { type AdmissionTicket, parseTicketCode, ticketCode, verifyTicket } from '../edge/contract/admission-ticket.ts'
import { readTokenKeys } from '../edge/contract/tokens.ts'
import { createTicketKeys, ticketSeeds } from './ticket-keys.ts'

const SECRET = 'a secret for tests that has enough bytes'
const TICKET: AdmissionTicket = { event: 7, reservation: '01a20779-e460-7683-8278-e5fe340e79a3', ticketType: 12, ordinal: 2 }
const seedsOf = (...fillers: number[]) =>
  ticketSeeds.parse(fillers.map((byte) => Buffer.alloc(32, byte).toString('base64')).join())
const tokenKeys = readTokenKeys(SECRET)
const keys = createTicketKeys(seedsOf(1), tokenKeys)

test('a ticket is verified with the public key alone, and fits a QR code that a phone reads well', async () => {
  const text = await keys.sign(TICKET)
  expect(text.length).toBeLessThan(214)
  expect(await verifyTicket(text, keys.publicKeys)).toEqual({ kind: 'ticket', ticket: TICKET })
  expect(JSON.stringify(keys.publicKeys)).not.toContain('"d"')
  expect(await keys.sign(TICKET)).toBe(text)
})

test('a ticket with any character changed is refused', async () => {
  const text = await keys.sign(TICKET)
  const changed = [...text].map((character, i) => text.slice(0, i) + (character === 'A' ? 'B' : 'A') + text.slice(i + 1))
  const results = await Promise.all(changed.map((one) => verifyTicket(one, keys.publicKeys)))
  // The last character of a part has bits that carry nothing.
  const accepted = results.flatMap(({ kind }, i) => kind === 'ticket' ? [i] : [])
  const ends = text.split('.').map((_, i, parts) => parts.slice(0, i + 1).join('.').length - 1)
  expect(accepted.filter((i) => !ends.includes(i))).toEqual([])
})

test('a ticket of another shop, another algorithm or another content is refused', async () => {
  const other = createTicketKeys(seedsOf(2), tokenKeys)
  expect(await verifyTicket(await other.sign(TICKET), keys.publicKeys)).toEqual({ kind: 'unknown_key' })
  // The name of our key with the signature of another one.
  const [, payload, signature] = (await other.sign(TICKET)).split('.')
  const [header] = (await keys.sign(TICKET)).split('.')
  expect(await verifyTicket([header, payload, signature].join('.'), keys.publicKeys)).toEqual({ kind: 'invalid' })
  const unsigned = [Buffer.from('{"alg":"none"}').toString('base64url'), payload, ''].join('.')
  for (const text of [unsigned, '', 'K7M2P-9QX4T-2', 'a.b.c', 'x'.repeat(5_000)]) {
    expect((await verifyTicket(text, keys.publicKeys)).kind).toBe('invalid')
  }
  for (const wrong of [{ event: 0 }, { ordinal: 101 }, { ordinal: 1.5 }, { reservation: 'x' }, { ticketType: -1 }]) {
    const text = await keys.sign(Object.assign({}, TICKET, wrong))
    expect((await verifyTicket(text, keys.publicKeys)).kind).toBe('invalid')
  }
})

test('the first key signs and all verify, so that keys can be rotated', async () => {
  const rotated = createTicketKeys(seedsOf(2, 1), tokenKeys)
  expect(await verifyTicket(await keys.sign(TICKET), rotated.publicKeys)).toMatchObject({ kind: 'ticket' })
  expect(await verifyTicket(await rotated.sign(TICKET), rotated.publicKeys)).toMatchObject({ kind: 'ticket' })
  expect(await verifyTicket(await rotated.sign(TICKET), keys.publicKeys)).toEqual({ kind: 'unknown_key' })
})

test('without keys of their own, tickets have keys that derive from TOKEN_SECRET, also after its rotation', async () => {
  const derived = createTicketKeys(undefined, tokenKeys)
  const rotated = createTicketKeys(undefined, readTokenKeys(`another ${SECRET},${SECRET}`))
  expect(await verifyTicket(await derived.sign(TICKET), rotated.publicKeys)).toMatchObject({ kind: 'ticket' })
  expect(await verifyTicket(await rotated.sign(TICKET), derived.publicKeys)).toEqual({ kind: 'unknown_key' })
})

test.each(['', 'short', Buffer.alloc(31).toString('base64')])('the setting %j is refused', (setting) => {
  expect(ticketSeeds.safeParse(setting).success).toBe(false)
})

test('the code below the QR code is read as people type it', () => {
  const code = ticketCode(TICKET)
  const [first, second] = code.split('-')
  for (const typed of [code, code.toLowerCase(), ` ${first}${second} 2 `, `${first} ${second}-02`]) {
    expect(parseTicketCode(typed)).toEqual({ number: `${first}-${second}`, ordinal: 2 })
  }
  expect(parseTicketCode(`${first}-${second}`)).toEqual({ number: `${first}-${second}`, ordinal: null })
  for (const typed of ['', code.slice(2), `${code}00`, `${first}-${second}-0`, 'x']) expect(parseTicketCode(typed)).toBeNull()
})
