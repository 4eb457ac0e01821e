import { describe, expect, test } from 'vitest'
import { readConfig as readEdgeConfig } from '../edge/config.ts'
import { readConfig as readOriginConfig } from '../origin/config.ts'

const SECRET = '0123456789abcdef0123456789abcdef'
const ORIGIN = { REDIS_URL: 'redis://127.0.0.1:6379', MYSQL_URL: 'mysql://me@127.0.0.1/neticket', TOKEN_SECRET: SECRET }
const EDGE = { REDIS_URL: 'redis://127.0.0.1:6379', ORIGIN_URL: 'http://127.0.0.1:3000', TOKEN_SECRET: SECRET }

describe.each([['origin', readOriginConfig, ORIGIN], ['edge', readEdgeConfig, EDGE]] as const)(
  'the settings of the %s',
  (_, readConfig, good) => {
    test('have defaults', () => {
      expect(readConfig(good).listen.hostname).toBe('127.0.0.1')
    })

    test('are rejected without a secret or with a short one, with all problems in one error', () => {
      expect(() => readConfig({ ...good, TOKEN_SECRET: undefined })).toThrow('TOKEN_SECRET')
      expect(() => readConfig({ ...good, TOKEN_SECRET: 'short' })).toThrow('each secret must have 32 bytes or more')
      expect(() => readConfig({ ...good, TOKEN_SECRET: `${SECRET},short` })).toThrow('32 bytes')
      expect(() => readConfig({ TOKEN_SECRET: 'short' })).toThrow(/REDIS_URL[^]*TOKEN_SECRET/)
    })

    test('never show their values in errors', () => {
      const message = (() => {
        try {
          return String(readConfig({ ...good, TOKEN_SECRET: 'my-secret', REDIS_URL: 'redis-with-password' }))
        } catch (error) {
          return String(error)
        }
      })()
      expect(message).toContain('TOKEN_SECRET')
      expect(message).not.toContain('my-secret')
      expect(message).not.toContain('redis-with-password')
    })
  },
)

test('the fleet setting of the origin is a list of groups with two sizes, and errors quote a malformed group', () => {
  const read = (FLEET_GROUPS?: string) => readOriginConfig({ ...ORIGIN, FLEET_GROUPS }).fleet.groups
  expect(read()).toEqual([])
  expect(read('shop-edge:2:6,shop-origin:2:2')).toEqual([
    { name: 'shop-edge', idle: 2, sale: 6 },
    { name: 'shop-origin', idle: 2, sale: 2 },
  ])
  for (
    const wrong of ['shop-edge', 'shop-edge:2', ':2:6', 'shop-edge:6:2', 'shop-edge:2:6:8', 'shop-edge:two:6', 'shop-edge:-2:6']
  ) {
    expect(() => read(`shop-origin:2:4,${wrong}`)).toThrow(
      `"${wrong}" is not <group>:<machines when idle>:<machines around an opening>`,
    )
  }
})
