import { expect, test } from 'vitest'
import type { Language } from '../../edge/contract/language.ts'
import { waitingTexts } from './texts.ts'
import { waitText } from './wait-text.ts'

const MINUTE = 60_000

/** A wait of so many minutes in words. */
function said(minutes: number, language: Language = 'ko', isLimit = false): string {
  const texts = waitingTexts(language, { opensAt: '', lobbyMinutes: 30, passMinutes: 10 })
  return waitText(minutes * MINUTE, isLimit, texts, language)
}

test('a wait of up to an hour is said in minutes, rounded up', () => {
  expect([0, 1, 1.1, 59.5, 60].map((minutes) => said(minutes))).toEqual([
    '1분 이내',
    '1분 이내',
    '약 2분',
    '약 1시간',
    '약 1시간',
  ])
  expect([1, 12].map((minutes) => said(minutes, 'en'))).toEqual(['under a minute', 'about 12 min'])
})

test('a wait of more than an hour is said in hours and steps of five minutes', () => {
  expect([61, 80, 118, 1_500].map((minutes) => said(minutes))).toEqual(['약 1시간 5분', '약 1시간 20분', '약 2시간', '약 25시간'])
  expect(said(83, 'en')).toBe('about 1 h 25 min')
})

test('before the draw, the longest wait is said as such', () => {
  expect([said(80, 'ko', true), said(12, 'en', true)]).toEqual(['최대 1시간 20분', 'at most 12 min'])
})
