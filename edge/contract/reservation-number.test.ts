import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { idTailsOf, parseReservationNumber, reservationNumber } from './reservation-number.ts'

const ID = '01a20779-e460-7683-8278-e5fe340e79a3'
const tailOf = (id: string) => id.replaceAll('-', '').slice(-14)

test('has ten characters that cannot be mistaken for others', () => {
  expect(reservationNumber(ID)).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/)
  expect(reservationNumber('00000000-0000-7000-8000-000000000000')).toBe('00000-00000')
  expect(reservationNumber('ffffffff-ffff-7fff-bfff-ffffffffffff')).toBe('ZZZZZ-ZZZZZ')
})

test('is read however it is typed', () => {
  const number = reservationNumber(ID)
  const loose = number.toLowerCase().replace('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
  for (const text of [number, number.replace('-', ''), ` ${loose} `]) expect(parseReservationNumber(text)).toBe(number)
  for (const text of ['', 'K7M2P-9QX4', 'K7M2P-9QX4TT', 'K7M2P-9QX4U', 'K7M2P_9QX4T', ID]) {
    expect(parseReservationNumber(text), text).toBeNull()
  }
})

test('names a range of ids that contains the id, and no id with another number', () => {
  fc.assert(fc.property(fc.uuid({ version: 7 }), fc.uuid({ version: 7 }), (id, other) => {
    const { first, last } = idTailsOf(reservationNumber(id))
    const contains = (one: string) => first <= tailOf(one) && tailOf(one) <= last
    expect(contains(id)).toBe(true)
    expect(contains(other)).toBe(reservationNumber(other) === reservationNumber(id))
    // The neighbours of the range have other numbers.
    expect(BigInt(`0x${last}`) - BigInt(`0x${first}`)).toBe(63n)
  }))
})
