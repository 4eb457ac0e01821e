import { expect, test } from 'vitest'
import type { Role } from './contract/roles.ts'
import { operatorOf } from './operator-request.ts'

const personOf = (role: Role) => ({ id: 1, nickname: '사람', role, verified: true, session: null, methods: [] })

test.each(['/admin', '/admin/events/1', '/api/admin/seats', '/check-in', '/check-in/7'])(
  '%s has the limits of operators',
  (path) => {
    expect(operatorOf({ path, person: personOf('support') })?.id).toBe(1)
    expect(operatorOf({ path, person: personOf('user') })).toBeNull()
    expect(operatorOf({ path, person: null })).toBeNull()
  },
)

test.each(['/', '/administrator', '/api/events', '/check-ins', '/api/check-in', '/events/admin'])(
  '%s has those of everyone',
  (path) => {
    expect(operatorOf({ path, person: personOf('owner') })).toBeNull()
  },
)
