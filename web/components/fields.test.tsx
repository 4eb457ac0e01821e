import { expect, test } from 'vitest'
import { signupInput } from '../../origin/accounts.ts'
import { renderPage } from '../render.tsx'
import { SignupPage } from '../pages/signup.tsx'

const page = renderPage(<SignupPage language='ko' next='/' />)
const fieldOf = (name: string) => page.match(new RegExp(`<input id="${name}"[^>]*>`))![0]
const valueOf = (name: string, attribute: string) => fieldOf(name).match(new RegExp(` ${attribute}="([^"]*)"`))?.[1]

test('password managers learn what to keep and which passwords to make, and no field cuts what is pasted', () => {
  expect([valueOf('email', 'autocomplete'), valueOf('password', 'autocomplete')]).toEqual(['username', 'new-password'])
  expect(valueOf('password', 'passwordrules')).toBe('minlength: 8; maxlength: 128; allowed: ascii-printable;')
  for (const name of ['email', 'password', 'nickname']) expect(fieldOf(name)).not.toContain('maxlength=')
})

test('the password that a manager makes by default is accepted by the field and by the shop', () => {
  for (const password of ['kiwbaw-5fydxa-Xunbyj', 'x'.repeat(128)]) {
    expect(password).toMatch(new RegExp(`^(?:${valueOf('password', 'pattern')})$`, 'v'))
    expect(signupInput.safeParse({ email: 'a@b.kr', password, nickname: '관객' }).success).toBe(true)
  }
})

test('a nickname in decomposed Hangul passes the field, and the shop composes it', () => {
  const [composed, tooLong] = ['맑은관객들의모임장소', '맑은관객들의모임장소들']
  const decomposed = composed!.normalize('NFD')
  expect(decomposed).toMatch(new RegExp(`^(?:${valueOf('nickname', 'pattern')})$`, 'v'))
  const parse = (nickname: string) => signupInput.safeParse({ email: 'a@b.kr', password: 'a long password', nickname })
  expect(parse(decomposed).data?.nickname).toBe(composed)
  expect(parse(tooLong!.normalize('NFD')).success).toBe(false)
})
