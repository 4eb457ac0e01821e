import { expect, test } from 'vitest'
import { describeProblem } from '../../../edge/contract/problems.ts'
import { renderPage } from '../../render.tsx'
import { RoomPage } from './room.tsx'

const ROOM = {
  language: 'en',
  viewer: { nickname: 'owner', role: 'owner' },
  room: 'event-1',
  event: { id: 1, title: '밤의 공연', titleEn: '' },
  figures: null,
  paused: false,
  isCurrent: true,
  own: { mode: 'fifo', perMinute: 12_000, message: { ko: '잠시만요', en: 'One moment' } },
  inherited: {},
  version: 2,
  mayControl: true,
  mayFind: false,
} as const

test('the form of all settings keeps those that a refused form of some did not have', () => {
  const problem = describeProblem('validation_failed', 'en', { errors: [{ field: 'perMinute', message: 'Too small' }] })
  const html = renderPage(<RoomPage {...ROOM} sent={{ perMinute: '0', capacity: '', reason: 'x' }} problem={problem} />)
  const form = html.slice(html.indexOf('room-settings'))
  expect(form).toMatch(/<option value="fifo" selected|<option selected value="fifo"/)
  expect(form).toMatch(/name="perMinute"[^>]*value="0"/)
  expect(form).toContain('value="One moment"')
})

test('an event without an English title has its Korean one', () => {
  expect(renderPage(<RoomPage {...ROOM} />)).toContain('<h1>밤의 공연</h1>')
})
