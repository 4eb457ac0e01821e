import { expect, test } from 'vitest'
import { addBooked, type Booked, readBooked } from './booked.ts'

const reservation = (i: number) => `00000000-0000-4000-8000-00000000000${i}`

test('a browser remembers its last four reservations, the newest of each event first', () => {
  let booked: Booked[] = []
  for (const [eventId, i] of [[1, 1], [2, 2], [1, 3], [3, 4], [4, 5], [5, 6]] as const) {
    booked = readBooked([addBooked(booked, { eventId, reservation: reservation(i) })])
  }
  expect(booked.map(({ eventId }) => eventId)).toEqual([5, 4, 3, 1])
  expect(booked.at(-1)!.reservation).toBe(reservation(3))
})

test('nothing else is read from the cookie', () => {
  expect(readBooked([])).toEqual([])
  expect(readBooked(['', '~', reservation(1), `01.${reservation(1)}`, `1.${reservation(1)}/..`, `1.${'x'.repeat(36)}`])).toEqual(
    [],
  )
  expect(readBooked([`x~7.${reservation(1)}`])).toEqual([{ eventId: 7, reservation: reservation(1) }])
  expect(readBooked([Array.from({ length: 99 }, (_, i) => `${i + 1}.${reservation(1)}`).join('~')])).toHaveLength(4)
})
