import { parseHTML } from 'linkedom'
import { afterEach, expect, test, vi } from 'vitest'
import { createAnnouncer } from './announcer.ts'

afterEach(() => void vi.unstubAllGlobals())

test('a new view is announced at once, and changed figures of the same view once a minute', () => {
  const { document } = parseHTML('<html><body><p id="live"></p></body></html>')
  vi.stubGlobal('document', document)
  let elapsed = 0
  const announcer = createAnnouncer(() => elapsed)
  const heardAt = (ms: number, view: 'lobby' | 'open', sentence: string) => {
    elapsed = ms
    announcer.announce(view, sentence)
    return document.getElementById('live')!.textContent
  }
  expect(heardAt(1_000, 'lobby', '10 people')).toBe('10 people')
  expect(heardAt(31_000, 'lobby', '20 people')).toBe('10 people')
  expect(heardAt(40_000, 'open', '5 ahead')).toBe('5 ahead')
  expect(heardAt(99_000, 'open', '4 ahead')).toBe('5 ahead')
  expect(heardAt(100_000, 'open', '3 ahead')).toBe('3 ahead')
  announcer.announceNow('your turn')
  expect(document.getElementById('live')!.textContent).toBe('your turn')
})
