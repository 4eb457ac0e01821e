import { expect, test } from 'vitest'
import { chooseLanguage } from './language.ts'
import { localPath, paths } from './paths.ts'

const languageOf = (headers: Record<string, string>) => chooseLanguage({ headers: new Headers(headers), protocol: 'http' })

test('chooseLanguage() uses the cookie, then Accept-Language, then Korean', () => {
  expect(languageOf({})).toBe('ko')
  expect(languageOf({ 'accept-language': 'en-US,en;q=0.9,ko;q=0.8' })).toBe('en')
  expect(languageOf({ 'accept-language': 'fr, ko;q=0.5, en;q=0.7' })).toBe('en')
  expect(languageOf({ 'accept-language': 'de' })).toBe('ko')
  expect(languageOf({ 'accept-language': 'en', cookie: 'a=b; lang=ko' })).toBe('ko')
  expect(languageOf({ 'accept-language': 'en', cookie: 'lang=xx' })).toBe('en')
  const overTls = (cookie: string) =>
    chooseLanguage({ headers: new Headers({ 'accept-language': 'en', cookie }), protocol: 'https' })
  expect([overTls('lang=ko'), overTls('lang=en; __Host-lang=ko')]).toEqual(['en', 'ko'])
})

test('localPath() rejects everything but paths of this site', () => {
  expect(localPath('/events/1?x=2', '/')).toBe('/events/1?x=2')
  const longest = paths.search('한'.repeat(100), 99, {
    genre: 'fanmeeting',
    region: 'chungcheong',
    status: 'sold_out',
    from: '2026-12-24',
    to: '2026-12-25',
  })
  expect(localPath(longest, '/')).toBe(longest)
  expect(localPath(`/${'a'.repeat(1_200)}`, '/')).toBe('/')
  for (
    const input of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/.//evil.example',
      '/%2e//evil.example',
      '/a/..//evil.example',
      '',
      null,
    ]
  ) {
    expect(localPath(input, '/home')).toBe('/home')
  }
})
