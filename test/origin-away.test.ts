import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, send } from './http.ts'
import { openSite, type Site } from './site.ts'
import { until } from './until.ts'

let site: Site
beforeAll(async () => void (site = await openSite()))
afterAll(() => site.close())

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  send(site.edgeUrl + path, { method, headers: { accept: 'text/html', ...headers } })
const hasNotice = ({ text }: Answer) => text.includes('class="stale-notice" role="status"')

test(
  'the origin is killed: home, search and event pages still come, with a notice of their age, which is gone when it returns',
  async () => {
    const { eventId } = await site.shop.addSale({ title: '끊김 없는 공연' })
    const event = `/events/${eventId}`
    const pages = ['/', '/search?q=%EA%B3%B5%EC%97%B0', event, `${event}/seats`]
    // Each as a visitor has seen it before the outage.
    const before = await Promise.all(pages.map((page) => get(page)))
    const data = await get(`/api/events/${eventId}`, { accept: 'application/json' })
    expect(before.concat(data).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(before.some(hasNotice)).toBe(false)

    await site.killOrigin()
    for (const page of pages) {
      const unknown = `${page}${page.includes('?') ? '&' : '?'}fbclid=`
      // The notice appears when the page is older than one that was just loaded.
      await until(async () => hasNotice(await get(`${unknown}0`)))
      const away = await get(`${unknown}1`)
      expect([away.status, away.headers.get('cache-status')], page).toEqual([200, 'edge; hit; detail=stale-if-error'])
      expect(away.text).toContain('정보가 최신이 아닐 수 있습니다')
      expect(away.text).not.toContain('data-server-time')
      expect((await get(page, {}, 'HEAD')).status).toBe(200)
    }
    const stale = await get(`/api/events/${eventId}?utm_source=x`, { accept: 'application/json' })
    expect([stale.status, stale.body]).toEqual([200, data.body])
    expect([stale.headers.get('cache-status'), Number(stale.headers.get('age')) > 0]).toEqual([
      'edge; hit; detail=stale-if-error',
      true,
    ])
    expect((await get('/search?q=never-seen')).status, 'what the edge has never seen is explained').toBe(503)

    await site.startOrigin()
    for (const page of pages) {
      await until(async () => !hasNotice(await get(page)))
      expect((await get(page)).status).toBe(200)
    }
  },
  180_000,
)
