import type { Dice } from './dice.ts'
import type { FuzzRequest } from './exchange.ts'
import { HEADER_MUTATIONS } from './header-mutations.ts'
import type { Target } from './mutable-request.ts'
import type { Draft } from './requests.ts'
import { TARGET_MUTATIONS } from './target-mutations.ts'
import { HOSTILE_TEXTS, hostileJson, MARKER } from './values.ts'

const encoder = new TextEncoder()
type Body = { type: string | null; bytes: Uint8Array<ArrayBuffer> }
const text = (type: string | null, body: string): Body => ({ type, bytes: encoder.encode(body) })

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const FIELDS = [
  'email',
  'password',
  'nickname',
  'next',
  'ticketTypeId',
  'quantity',
  'keep',
  'idempotencyKey',
  'reason',
  'version',
  '__proto__',
]

type Fields = Record<string, unknown>
const formOf = (fields: Fields) =>
  String(new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])))

function multipart(fields: Fields, boundary = 'fz'): Body {
  const parts = Object.entries(fields).map(([name, value]) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${String(value)}\r\n`
  )
  return text(`multipart/form-data; boundary=${boundary}`, `${parts.join('')}--${boundary}--\r\n`)
}

const MUTATIONS = TARGET_MUTATIONS.concat(HEADER_MUTATIONS)

/** Ways to serialise fields other than the valid one. */
const BODY_MUTATIONS: ((dice: Dice, fields: Fields) => Body)[] = [
  (dice, fields) =>
    text(JSON_TYPE, JSON.stringify({ ...fields, [dice.pick(Object.keys(fields).concat(FIELDS))]: hostileJson(dice) })),
  (dice, fields) =>
    text(JSON_TYPE, JSON.stringify({ ...fields, [dice.pick(Object.keys(fields).concat(FIELDS))]: hostileJson(dice) })),
  (dice, fields) =>
    text(
      JSON_TYPE,
      JSON.stringify(fields).replace(
        /:("[^"]*"|[\d.]+)/,
        `:${dice.pick(['1e400', '-0', '1E2', '01', 'NaN', '"\\ud800"', '"\\u0000"'])}`,
      ),
    ),
  (dice) => text(JSON_TYPE, JSON.stringify(hostileJson(dice, 4))),
  (dice) =>
    text(
      JSON_TYPE,
      dice.pick(['', '{', '[]', 'null', '0', '"x"', '{"a":}', '{"__proto__":{"role":"admin"}}', '\ufeff{}', '{}{}']),
    ),
  () => text(JSON_TYPE, `${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  () => text(JSON_TYPE, `{"a":"${'x'.repeat(70_000)}"}`),
  (_, fields) => text(JSON_TYPE, formOf(fields)),
  (_, fields) => text('text/plain', JSON.stringify(fields)),
  (_, fields) => text(FORM_TYPE, JSON.stringify(fields)),
  (dice, fields) =>
    text(FORM_TYPE, formOf({ ...fields, [dice.pick(Object.keys(fields).concat(FIELDS))]: dice.pick(HOSTILE_TEXTS) })),
  (dice, fields) =>
    text(FORM_TYPE, formOf({ ...fields, [dice.pick(Object.keys(fields).concat(FIELDS))]: dice.pick(HOSTILE_TEXTS) })),
  (dice, fields) => text(FORM_TYPE, `${formOf(fields)}&${formOf(fields)}&${dice.pick(FIELDS)}[]=1&%&=&%zz=%ff`),
  (dice, fields) => multipart({ ...fields, [dice.pick(FIELDS)]: dice.pick(HOSTILE_TEXTS) }),
  (_, fields) => multipart(fields, MARKER),
  (_, fields) => ({ type: multipart(fields).type, bytes: multipart(fields).bytes.slice(0, 40) }),
  (dice) => ({
    type: dice.pick([JSON_TYPE, FORM_TYPE, null]),
    bytes: new Uint8Array([0xff, 0xfe, 0x7b, 0xc3, 0x28, 0xed, 0xa0, 0x80]),
  }),
]

/** Breaks the framing of the message. Only a socket sends these. */
const FRAMINGS: ((dice: Dice, target: Target) => void)[] = [
  (dice, target) => target.headers.push(['content-length', dice.pick(['5', '70000', '99999999999', '-1', '1e3', 'x', '0'])]),
  (_, target) => target.headers.push(['transfer-encoding', 'chunked']),
  (_, target) => target.headers.push(['transfer-encoding', 'chunked'], ['content-length', '3']),
  (_, target) => target.headers.push(['bad name', 'x']),
  (_, target) => target.headers.push(['x-nul', 'a\0b']),
]

function chunked(target: Target): void {
  const body = Buffer.from(target.body ?? [])
  const size = body.length > 0 ? `${body.length.toString(16)}\r\n` : ''
  target.body = new Uint8Array(Buffer.concat([Buffer.from(size), body, Buffer.from(`${size && '\r\n'}0\r\n\r\n`)]))
  target.headers.push(['transfer-encoding', 'chunked'])
  target.isRaw = true
}

/** Serialises a draft. Most requests are mutated, some of them in several ways. */
export function serialise(dice: Dice, draft: Draft): FuzzRequest {
  const mutations = dice.chance(0.3) ? 0 : dice.pick([1, 1, 2, 3])
  const isBodyMutated = mutations > 0 && (draft.body ? dice.chance(0.6) : dice.chance(0.05))
  const body = bodyOf(dice, draft, isBodyMutated)
  const target: Target = {
    ...draft,
    headers: body?.type ? draft.headers.concat([['content-type', body.type]]) : draft.headers,
    body: body?.bytes ?? null,
    target: '',
    isRaw: false,
    isBroken: false,
  }
  for (let i = isBodyMutated ? 1 : 0; i < mutations; i++) dice.pick(MUTATIONS)(dice, target)
  if (mutations > 0 && dice.chance(0.03)) frame(dice, target)
  return finish(target)
}

function bodyOf(dice: Dice, { body }: Draft, isMutated: boolean): Body | null {
  if (isMutated) return dice.pick(BODY_MUTATIONS)(dice, body?.fields ?? {})
  if (!body) return null
  return body.kind === 'json' ? text(JSON_TYPE, JSON.stringify(body.fields)) : text(FORM_TYPE, formOf(body.fields))
}

function frame(dice: Dice, target: Target): void {
  if (dice.chance(0.4)) return chunked(target)
  dice.pick(FRAMINGS)(dice, target)
  target.isRaw = true
  target.isBroken = true
}

/** Deno refuses a head of more than 64 kB, and most targets that are no path (RFC 9112 §3.2), before a handler sees them. */
const MAX_HEAD_BYTES = 64_000

function finish({ method, path, query, headers, cookies, body, isRaw, isBroken }: Target): FuzzRequest {
  // A request target has no spaces and no bytes outside ASCII.
  const target = (path + query).replace(/[^\x21-\x7e]/g, encodeURIComponent)
  const all = headers.slice()
  if (cookies.length > 0) all.push(['cookie', Buffer.from(cookies.join('; ').replace(/[\r\n\0]/g, '')).toString('latin1')])
  const hasOddCookie = /[^\x20-\x7e]/.test(cookies.join(''))
  const hasBodyOfGet = body !== null && (method === 'GET' || method === 'HEAD')
  const headBytes = all.reduce((bytes, [name, value]) => bytes + name.length + value.length + 4, target.length)
  return {
    method,
    target,
    headers: all,
    body,
    isRaw: isRaw || hasOddCookie || hasBodyOfGet,
    isBroken: isBroken || headBytes > MAX_HEAD_BYTES || !target.startsWith('/'),
  }
}
