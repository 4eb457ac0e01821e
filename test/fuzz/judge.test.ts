import { describe, expect, test } from 'vitest'
import { describeProblem } from '../../edge/contract/problems.ts'
import { NO_SNIFFING, PAGE_CSP } from '../../edge/contract/response-security.ts'
import type { HeaderPairs } from '../../edge/upstream/header-pairs.ts'
import { judge } from './judge.ts'
import { findRoute, listRoutes } from './routes.ts'
import { INJECTED_HEADER, MARKER } from './values.ts'

const routes = listRoutes([{
  routes: [
    ['ALL', '/*'],
    ['GET', '/me'],
    ['GET', '/api/me'],
    ['GET', '/events/:id'],
    ['GET', '/api/events/:id'],
    ['GET', '/api/events/search'],
    ['POST', '/logout'],
    ['GET', '/planted'],
  ].map(([method, path]) => ({ method: method!, path: path! })),
}])

type Answer = { status?: number; headers?: HeaderPairs; text?: string; accept?: string; method?: string; isBroken?: boolean }

/** The rules that an answer to `target` breaks. Without other headers it has those of every response. */
function rulesBrokenBy(target: string, answer: Answer): string[] {
  const { status = 200, text = '', accept = 'application/json', method = 'GET', isBroken = false } = answer
  const headers = new Headers(answer.headers ?? GOOD)
  const request = { method, target, headers: [['accept', accept]] as HeaderPairs, body: null, isRaw: false, isBroken }
  return judge({ request, response: { status, headers, text }, route: findRoute(routes, method, target) }).map(({ rule }) => rule)
}

const GOOD: HeaderPairs = [
  ['content-type', 'application/json'],
  ['cache-control', 'private, no-store'],
  ['x-request-id', 'r-1'],
  [
    ...NO_SNIFFING,
  ],
]
const PAGE: HeaderPairs = GOOD.slice(1).concat([['content-type', 'text/html; charset=utf-8'], [
  'content-security-policy',
  PAGE_CSP,
]])
const PROBLEM: HeaderPairs = GOOD.slice(1).concat([['content-type', 'application/problem+json; charset=utf-8']])
const problem = (code: Parameters<typeof describeProblem>[0]) => JSON.stringify(describeProblem(code, 'en'))

test('a right answer breaks no rule', () => {
  expect(rulesBrokenBy('/api/me', {})).toEqual([])
  expect(rulesBrokenBy('/me', { headers: PAGE, text: `<p>${'&lt;fz>&quot;'}</p>`, accept: 'text/html' })).toEqual([])
  expect(rulesBrokenBy('/api/me', { status: 401, headers: PROBLEM, text: problem('unauthenticated') })).toEqual([])
  expect(rulesBrokenBy('/nothing', { status: 404, headers: PROBLEM, text: problem('not_found') })).toEqual([])
  expect(rulesBrokenBy('/logout', { method: 'POST', status: 303, headers: GOOD.concat([['location', '/']]) })).toEqual([])
  expect(rulesBrokenBy('/%', { status: 400, headers: [], isBroken: true }), 'refused by the runtime').toEqual([])
})

describe('a broken answer is reported (negative control)', () => {
  const withHeader = (headers: HeaderPairs, name: string, value: string): HeaderPairs => headers.concat([[name, value]])
  const cookie = (value: string) => withHeader(GOOD, 'set-cookie', value)

  test.each<[string, string, string, Answer]>([
    ['a fault', 'no 5xx', '/api/me', { status: 500, headers: PROBLEM, text: problem('internal') }],
    ['a store that is away', 'no 5xx', '/api/me', { status: 503, headers: PROBLEM, text: problem('store_unavailable') }],
    ['a bare status', 'problem body', '/api/me', { status: 401, text: '' }],
    ['a problem without its code', 'problem body', '/api/me', { status: 401, headers: PROBLEM, text: '{"status":401}' }],
    ['a problem of another status', 'problem body', '/api/me', {
      status: 404,
      headers: PROBLEM,
      text: '{"title":"x","status":401}',
    }],
    ['a page for the API', 'problem body', '/api/me', { status: 401, headers: PAGE, text: '<p>401 · unauthenticated</p>' }],
    ['a page for a program', 'problem body', '/nothing', { status: 404, headers: PAGE, text: '<p>404 · not_found</p>' }],
    ['JSON for a page', 'problem body', '/nothing', {
      status: 404,
      headers: PROBLEM,
      text: problem('not_found'),
      accept: 'text/html',
    }],
    ['an undocumented code', 'documented answer', '/api/me', { status: 409, headers: PROBLEM, text: problem('sold_out') }],
    ['an undocumented status', 'documented answer', '/api/me', { status: 202 }],
    ['a route that nobody has documented', 'documented answer', '/planted', {}],
    ['input in a page', 'escaped input', '/me', { headers: PAGE, text: `<p>${MARKER}</p>`, accept: 'text/html' }],
    ['a line break in a head', 'intact head', '/api/me', { headers: withHeader(GOOD, INJECTED_HEADER, '1') }],
    ['no request id', 'request id', '/api/me', { headers: GOOD.filter(([name]) => name !== 'x-request-id') }],
    ['a shared private page', 'private stays private', '/api/me', { headers: [['cache-control', 'public, max-age=1']] }],
    ['no rule for caches', 'private stays private', '/api/me', { headers: GOOD.filter(([name]) => name !== 'cache-control') }],
    ['a shared cookie', 'private stays private', '/api/events/7', {
      headers: [['cache-control', 'public'], ['set-cookie', 'lang=ko; Path=/; SameSite=Lax']],
    }],
    ['a token that scripts can read', 'cookies', '/api/me', { headers: cookie('access=x; Path=/; SameSite=Lax') }],
    ['a cookie for one path', 'cookies', '/api/me', { headers: cookie('access=x; HttpOnly; SameSite=Lax') }],
    ['a prefix without TLS', 'cookies', '/api/me', {
      headers: cookie('__Host-access=x; HttpOnly; Path=/; Secure; SameSite=Lax'),
    }],
    ['a prefix that browsers refuse to clear', 'cookies', '/api/me', { headers: cookie('__Host-access=; Max-Age=0; Path=/') }],
    ['a cookie for other sites', 'cookies', '/api/me', { headers: cookie('access=x; HttpOnly; Path=/') }],
    ['an unknown cookie', 'cookies', '/api/me', { headers: cookie('fz=1; HttpOnly; Path=/; SameSite=Lax') }],
    ['a link to another site', 'links on this site', '/me', { headers: PAGE, text: '<a href="//evil.example/">' }],
    ['a link that is a script', 'links on this site', '/me', { headers: PAGE, text: '<a href="javascript:alert(1)">' }],
    ['an open redirect', 'redirects on this site', '/logout', {
      method: 'POST',
      status: 303,
      headers: withHeader(GOOD, 'location', '//evil.example'),
    }],
    ['a redirect to nowhere', 'redirects on this site', '/logout', { method: 'POST', status: 303 }],
    ['a page without a policy', 'safe pages', '/me', {
      headers: PAGE.filter(([name]) => name !== 'content-security-policy'),
      text: '<p></p>',
    }],
  ])('%s', (_, rule, target, answer) => expect(rulesBrokenBy(target, answer)).toContain(rule))
})

test('routes are found by method and path, the literal one first', () => {
  expect(routes.map(({ name }) => name)).not.toContain('ALL /*')
  expect(findRoute(routes, 'GET', '/api/events/search')?.name).toBe('GET /api/events/search')
  expect(findRoute(routes, 'HEAD', '/events/7')?.name).toBe('GET /events/:id')
  expect(findRoute(routes, 'POST', '/events/7')).toBe(null)
  expect(findRoute(routes, 'GET', '/events/7/more')).toBe(null)
})
