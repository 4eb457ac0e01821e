import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openSite, type Site } from './site.ts'

const SCRIPT = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
let site: Site
let eventId: number
beforeAll(async () => {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = inject('stores').s3
  const s3 = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true })
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'security/x.svg', Body: SCRIPT, ContentType: 'image/svg+xml' }))
  site = await openSite()
  eventId = (await site.shop.addSale()).eventId
})
afterAll(() => site.close())

const get = (path: string, accept = 'text/html', at = site.edgeUrl) =>
  fetch(at + path, { headers: { accept }, redirect: 'manual' })
/** The directives of a response's Content-Security-Policy. */
const policyOf = ({ headers }: Response) =>
  Object.fromEntries(
    (headers.get('content-security-policy') ?? '').split('; ').map((directive) => {
      const [name, ...values] = directive.split(' ')
      return [name!, values.join(' ')]
    }),
  )

const PAGES = [
  '/',
  '/search',
  '/login',
  '/signup',
  '/forgot',
  '/reset',
  '/verify',
  '/terms',
  '/privacy',
  '/event',
  '/events/$',
  '/nothing',
  '/queue/event-$',
  '/queue/nothing',
  '//x',
  '/metrics',
]
const DATA = [
  '/api/events',
  '/api/nothing',
  '/queue/event-$',
  '/queue/event-$/snapshot',
  '/queue/event-$/events',
  '/healthz',
  '/readyz',
]
const FILES = ['/static/app.css', '/images/security/x.svg']

describe('every response keeps browsers from guessing its type', () => {
  test.each([
    ...PAGES.map((path) => [path, 'text/html']),
    ...DATA.map((path) => [path, 'application/json']),
    ...FILES.map((path) => [path, '*/*']),
  ])('%s as %s', async (path, accept) => {
    const response = await get(path!.replace('$', String(eventId)), accept)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-type')).toBeTruthy()
  })
})

describe('every page, also one that explains a problem, loads and sends nothing but with this site', () => {
  test.each(PAGES)('%s', async (path) => {
    const response = await get(path.replace('$', String(eventId)))
    expect(response.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i)
    expect(policyOf(response)).toMatchObject({ 'base-uri': "'none'", 'form-action': "'self'", 'frame-ancestors': "'none'" })
    const policy = policyOf(response)
    expect(policy['object-src'] ?? policy['default-src']).toBe("'none'")
    expect(policy['script-src'] ?? policy['default-src']).toMatch(/^'self'$|^'sha256-[^' ]+' 'self'$/)
    expect(response.headers.get('referrer-policy')).toBe('same-origin')
  })
})

test.each(['edge', 'origin'])('an image is never run as a document, as the %s serves it', async (program) => {
  const response = await get('/images/security/x.svg', '*/*', program === 'edge' ? site.edgeUrl : site.originUrl)
  expect(await response.text()).toBe(SCRIPT)
  expect(policyOf(response)).toMatchObject({ 'default-src': "'none'", sandbox: '' })
})
