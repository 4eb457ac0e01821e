/** Ways to spoil the method and the target of a request. */
import type { Mutation } from './mutable-request.ts'
import type { Dice } from './dice.ts'
import { HOSTILE_LINKS, HOSTILE_SEGMENTS, HOSTILE_TEXTS, INJECTED_HEADER, MARKER } from './values.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'Post', 'X']
const method: Mutation = (dice, target) => {
  target.method = dice.pick(METHODS)
  target.isRaw = true
}

/** Puts a text into the place of a path parameter, or of any other segment. */
const segment: Mutation = (dice, target) => {
  const segments = target.path.split('/')
  const at = 1 + dice.below(segments.length - 1)
  if (dice.chance(0.5)) segments[at] = encodeURIComponent(dice.pick(HOSTILE_TEXTS).toWellFormed())
  else {
    segments[at] = dice.pick(HOSTILE_SEGMENTS)
    target.isRaw = true
  }
  target.path = segments.join('/')
}

const PATH_CHANGES: ((path: string, dice: Dice) => string)[] = [
  (path) => `/${path}`,
  (path) => `${path}/`,
  (path) => `${path}/extra`,
  (path) => `/.${path}`,
  (path) => `/x/..${path}`,
  (path) => path.replaceAll('/', '//'),
  (path) => path.replaceAll('/', '\\'),
  (path) => path.toUpperCase(),
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => `${path};v=1`,
  (path) => `${path}%00`,
  (path) => `${path}.json`,
  (path) => `/${'x'.repeat(3_000)}${path}`,
  (path) => path.slice(1) || '*',
  (path) => `http://evil.example${path}`,
  (path) => `${path}${MARKER.replaceAll(' ', '')}`,
  (_, dice) => `/${dice.hex(6)}/${dice.pick(HOSTILE_SEGMENTS)}`,
]
const path: Mutation = (dice, target) => {
  target.path = dice.pick(PATH_CHANGES)(target.path, dice)
  target.isRaw = true
}

const PARAMETERS = ['page', 'size', 'q', 'next', 'to', 'ended', 'new', 'v', 'id', '__proto__', 'x']
const parameter: Mutation = (dice, target) => {
  const name = dice.pick(PARAMETERS)
  const values = name === 'next' || name === 'to' ? HOSTILE_LINKS.concat(HOSTILE_TEXTS) : HOSTILE_TEXTS
  const times = dice.chance(0.2) ? 2 : 1
  for (let i = 0; i < times; i++) {
    target.query += `${target.query ? '&' : '?'}${name}=${encodeURIComponent(dice.pick(values).toWellFormed())}`
  }
}
const BROKEN_QUERIES = [
  '?%',
  '?page=%zz',
  '?q=%ff%fe',
  '?page[]=1',
  '?&&&=',
  '?page=1?page=2',
  '?q=a;page=2',
  '??',
  '?q=%00',
  `?q=${MARKER}`,
  '?next=//evil.example',
  `?${'a=1&'.repeat(900)}`,
]
const brokenQuery: Mutation = (dice, target) => {
  target.query = dice.pick(BROKEN_QUERIES).replaceAll(' ', '%20')
  target.isRaw = true
}

const injection: Mutation = (dice, target) => {
  target.query += `${target.query ? '&' : '?'}${dice.pick(PARAMETERS)}=a%0d%0a${INJECTED_HEADER}:%201`
}

/** Some are chosen more often. */
export const TARGET_MUTATIONS: readonly Mutation[] = [
  method,
  segment,
  segment,
  path,
  parameter,
  parameter,
  brokenQuery,
  injection,
]
