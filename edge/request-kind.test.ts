import { expect, test } from 'vitest'
import { kindOf } from './request-kind.ts'

test.each([
  ['GET', '/queue/one', 'poll'],
  ['HEAD', '/queue/one', 'poll'],
  ['POST', '/queue/one/tickets', 'join'],
  ['POST', '/queue/one/pass', 'claim'],
  ['DELETE', '/queue/one/tickets', 'leave'],
  ['POST', '/queue/one/tickets/leave', 'leave'],
  ['GET', '/queue/one/events', 'other'],
  ['PUT', '/queue/one', 'other'],
  ['GET', '/healthz', 'other'],
  ['GET', '/readyz', 'other'],
  ['GET', '/', 'forward'],
  ['GET', '/queue', 'forward'],
  ['GET', '/queue/', 'forward'],
  ['POST', '/queues/one/tickets', 'forward'],
])('%s %s is a %s', (method, path, kind) => {
  expect(kindOf(method, path, false)).toBe(kind)
  expect(kindOf(method, path, true)).toBe(kind === 'poll' ? 'page' : kind)
})
