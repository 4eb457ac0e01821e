import { expect, test } from 'vitest'
import { wantsFragment } from './fragments.ts'

test('a fragment is rendered only for requests that swap one in', () => {
  const wants = (headers: Record<string, string>) => wantsFragment(new Headers(headers))
  expect(wants({ 'hx-request': 'true', 'hx-request-type': 'partial' })).toBe(true)
  expect(wants({})).toBe(false)
  for (const other of [{ 'hx-request-type': 'full' }, { 'hx-boosted': 'true' }, { 'hx-history-restore-request': 'true' }]) {
    expect(wants({ 'hx-request': 'true', ...other })).toBe(false)
  }
})
