import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit, users } from '../../db/schema.ts'
import { buyerHeaders, openShop, type Shop } from '../../test/shop.ts'
import type { Person } from '../accounts.ts'
import { createApp } from '../app.tsx'
import { recordAct } from '../audit-log.ts'

let shop: Shop
let app: ReturnType<typeof createApp>
let owner: Person
let manager: Person
let headers: Record<string, string>
beforeAll(async () => {
  shop = await openShop()
  app = createApp(shop)
  const people = await shop.addPeople(2)
  owner = { ...people[0]!, role: 'owner' }
  manager = { ...people[1]!, role: 'manager' }
  headers = await buyerHeaders(owner, 1)
  for (let day = 1; day <= 9; day++) await act(manager.id, 'event.change', 'event:7', `2026-03-0${day}T03:00:00.000Z`)
  await act(owner.id, 'event.publish', 'event:7', '2026-03-05T14:59:59.999Z')
  await act(owner.id, 'event.publish_odd', 'event:70', '2026-03-05T15:00:00.000Z')
  await act(null, 'account.set_password', `user:${owner.id}`, '2026-03-20T00:00:00.000Z', '=HYPERLINK("http://x")')
})
afterAll(() => shop.close())

const act = (id: number | null, action: string, subject: string, at: string, reason = '사유 <b>굵게</b>') =>
  shop.db.transaction((tx) => {
    const actor = { id, address: '192.0.2.1', requestId: 'r' }
    return recordAct(tx, { at: new Date(at), actor, action, subject, reason, detail: { before: { n: 1 }, after: { n: 2 } } })
  })
const get = (path: string, accept = 'application/json') => app.request(path, { headers: { ...headers, accept } })
const search = async (query: string) => {
  const response = await get(`/api/admin/audit?${query}`)
  expect(response.status).toBe(200)
  return await response.json() as { items: { id: number; action: string; subject: string; at: string }[]; next: number | null }
}
const countOf = async (query: string) => (await search(query)).items.length
const post = (path: string, accept: string) => app.request(path, { method: 'POST', headers: { ...headers, accept } })

test('finds acts by actor (id, nickname or e-mail), action, subject and period, and by all of them', async () => {
  const [user] = await shop.db.select().from(users).where(eq(users.id, manager.id))
  for (const actor of [String(manager.id), manager.nickname, user!.email]) {
    expect(await countOf(`actor=${encodeURIComponent(actor)}`)).toBe(9)
  }
  expect(await countOf('actor=nobody')).toBe(0)
  expect(await countOf('action=event')).toBe(11)
  expect(await countOf('action=event.publish')).toBe(1)
  expect(await countOf('action=event_')).toBe(0)
  expect(await countOf('action=%25')).toBe(0)
  expect(await countOf('subject=event:7')).toBe(10)
  expect(await countOf('subject=event')).toBe(11)
  // Days in Korea: 15:00 UTC begins the next one.
  expect(await countOf('from=2026-03-05&to=2026-03-05')).toBe(2)
  expect(await countOf('from=2026-03-06&to=2026-03-06')).toBe(2)
  expect(await countOf(`actor=${owner.id}&action=event.publish&subject=event:7&from=2026-03-05&to=2026-03-05`)).toBe(1)
  for (const wrong of ['from=2026-02-30', 'size=101', 'before=x', `actor=${'x'.repeat(300)}`, 'actor=a&actor=b']) {
    expect((await get(`/api/admin/audit?${wrong}`)).status, wrong).toBe(422)
  }
})

test('pages through all acts, the latest first, each once', async () => {
  const seen: number[] = []
  for (let next: number | null = Number.MAX_SAFE_INTEGER; next !== null;) {
    const list = await search(`size=5&before=${next}&action=event`)
    seen.push(...list.items.map(({ id }) => id))
    next = list.next
  }
  expect(seen).toHaveLength(11)
  expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a))
})

test('shows the list and one act with its values before and after, escaped', async () => {
  const page = await (await get('/admin/audit?subject=event:7&action=event.change', 'text/html')).text()
  expect(page).toContain('사유 &lt;b>굵게&lt;/b>')
  expect(page).not.toContain('<b>굵게')
  const { id } = (await search('action=event.publish')).items[0]!
  expect(page).toContain('value="event:7"')
  expect(page).toMatch(
    /<option value="event.change" selected[^>]*>공연 수정<|<option selected[^>]* value="event.change"[^>]*>공연 수정</,
  )
  expect(await (await get('/admin/audit?action=event', 'text/html')).text()).toMatch(/<option[^>]*selected[^>]*>event</)
  const entry = await (await get(`/admin/audit/${id}`, 'text/html')).text()
  expect(entry).toMatch(/<del class="value">1<\/del>.*<ins class="value">2<\/ins>/)
  expect(entry).toContain('192.0.2.1')
  for (const unknown of ['999999', 'x', '0']) expect((await get(`/admin/audit/${unknown}`)).status).toBe(404)
})

test('exports what matches as CSV without formulas, by Accept and from the page, and records the export', async () => {
  const response = await get('/api/admin/audit?action=account', 'text/csv')
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
  expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"$/)
  expect(response.headers.get('cache-control')).toBe('private, no-store')
  const [heading, row, end] = (await response.text()).split('\r\n')
  expect(heading).toMatch(/id,at,actorId,actor,/)
  expect(row).toContain(`,account.set_password,user:${owner.id},"'=HYPERLINK(""http://x"")",`)
  expect(end).toBe('')
  const page = await (await get('/admin/audit/export?action=event', 'text/html')).text()
  expect(page.trim().split('\r\n')).toHaveLength(12)
  expect((await search('action=audit.export')).items).toHaveLength(2)
})

test('the check says that the log is intact, then which row was changed first, and is recorded', async () => {
  expect(await (await post('/api/admin/audit/check', 'application/json')).json()).toMatchObject({ kind: 'intact' })
  expect(await (await post('/admin/audit/check', 'text/html')).text()).toContain('변조된 기록이 없습니다')
  expect(await countOf('action=audit.check')).toBe(2)
  const { id } = (await search('action=event.publish')).items[0]!
  await shop.db.update(audit).set({ reason: 'changed later' }).where(eq(audit.id, id))
  expect(await (await post('/api/admin/audit/check', 'application/json')).json()).toMatchObject({ kind: 'tampered', id })
  expect(await (await post('/admin/audit/check', 'text/html')).text()).toContain(`href="/admin/audit/${id}"`)
})
