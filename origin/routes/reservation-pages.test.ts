import { expect, test } from 'vitest'
import { isNew } from './reservation-pages.tsx'

test('a link with ?new=1 shows no booking of an hour ago and no cancelled one as just made', () => {
  const now = new Date('2026-12-24T09:00:00Z')
  const bookedAgo = (ms: number, status: 'confirmed' | 'cancelled' = 'confirmed') =>
    isNew({ status, createdAt: new Date(now.getTime() - ms).toISOString() }, now)
  expect([bookedAgo(2_000), bookedAgo(3_600_000), bookedAgo(2_000, 'cancelled')]).toEqual([true, false, false])
})
