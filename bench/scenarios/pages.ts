/**
 * How heavy are a buyer's pages, and do they move? Each page is opened with an empty cache in a phone's window of a real Chromium, as a guest
 * and signed in, and scrolled to its end. The bytes are those of the bodies as they were sent; posters are not counted, because organisers choose their size.
 */
import { S3Client } from '@aws-sdk/client-s3'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { loadDemoCatalogue, makeBucket } from '../../dev/demo/load.ts'
import { ensureProgram } from '../../dev/programs.ts'
import { addEventOnSale } from '../../dev/sale-fixtures.ts'
import { ACCESS_COOKIE, NICKNAME_COOKIE } from '../../edge/contract/cookies.ts'
import { paths } from '../../edge/contract/paths.ts'
import { eventRoom } from '../../edge/contract/rooms.ts'
import { accessOf, addPeople, addSale } from '../sales.ts'
import { type Bench, overRounds, type Scenario } from '../scenario.ts'
import { untilFound } from './search.ts'

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: 'ko-KR' }
const MAX_BYTES = 60_000
const MAX_SHIFT = 0.02
/** Longer than scripts need after the load, and than images that appear while scrolling. */
const SETTLE_MS = 1_500

type Visit = { bytes: number; shift: number }
type Cookies = Parameters<BrowserContext['addCookies']>[0]

export const pages: Scenario = {
  name: 'pages',
  question: 'How heavy are the pages of a buyer, and do they move?',
  async run(bench) {
    const url = await startShop(bench)
    const { eventId: open } = await addSale(bench, [100, 100])
    // Its sale opens in ten minutes, so its lobby is open.
    const { eventId: soon } = await addEventOnSale(bench.db, [100, 100], 4, new Date(Date.now() + 70 * 60_000))
    const browser = await chromium.launch({ executablePath: ensureProgram('chromium', bench.print), args: ['--no-sandbox'] })
    const contextOf = async (cookies: Cookies) => {
      const context = await browser.newContext(Object.assign({ baseURL: url }, PHONE))
      await context.addCookies(cookies)
      return context
    }
    try {
      const member = await memberCookies(bench, url)
      const cookiesAfter = async (eventId: number, path: string) => {
        const context = await contextOf(member)
        const page = await context.newPage()
        await page.goto(paths.event(eventId))
        await page.locator('#seats button[type=submit]').click()
        await page.waitForURL(`**${path}`)
        return await context.cookies()
      }
      const [lobby, booking] = [paths.room(eventRoom(soon)), paths.booking(open)]
      const visits: [name: string, path: string, cookies: Cookies][] = [
        ['home', paths.home, []],
        ['home, signed in', paths.home, member],
        ['event before its opening', paths.event(soon), []],
        ['event before its opening, signed in', paths.event(soon), member],
        ['event on sale', paths.event(open), []],
        ['event on sale, signed in', paths.event(open), member],
        ['waiting page', lobby, await cookiesAfter(soon, lobby)],
        ['booking page', booking, await cookiesAfter(open, booking)],
      ]
      for (const [name, path, cookies] of visits) {
        const rounds: Visit[] = []
        for (let round = 0; round < bench.rounds; round++) {
          const context = await contextOf(cookies)
          const page = await context.newPage()
          rounds.push(await visit(page, path))
          if (new URL(page.url()).pathname !== path) bench.fault(`${name} led to ${page.url()}`)
          await context.close()
        }
        report(bench, name, rounds)
      }
    } finally {
      await browser.close()
    }
  },
}

/** Starts a shop with the demo catalogue and its posters; returns the address of its edge. */
async function startShop(bench: Bench): Promise<string> {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = bench.s3
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
  await makeBucket(s3, bucket)
  await loadDemoCatalogue(bench.db, s3, bucket, new Date(), bench.print)
  const origin = await bench.startOrigin({
    S3_ENDPOINT: endpoint,
    S3_BUCKET: bucket,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  })
  await untilFound(origin.url)
  return (await bench.startEdge(origin)).url
}

async function memberCookies(bench: Bench, url: string): Promise<Cookies> {
  const [person] = await addPeople(bench, 1)
  const values = { [ACCESS_COOKIE]: await accessOf(bench, person!), [NICKNAME_COOKIE]: 'bench' }
  return Object.entries(values).map(([name, value]) => ({ name, value, url }))
}

/** Opens a page, scrolls it to its end, and measures what it has loaded and how far its parts have moved. */
async function visit(page: Page, path: string): Promise<Visit> {
  const loads: Promise<number>[] = []
  page.on('requestfinished', (request) => {
    if (request.resourceType() !== 'image') loads.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
  })
  await page.goto(path, { waitUntil: 'load' })
  await page.waitForTimeout(SETTLE_MS)
  const bytes = (await Promise.all(loads)).reduce((sum, size) => sum + size, 0)
  for (let i = 0; i < 10; i++) {
    await page.mouse.wheel(0, 700)
    await page.waitForTimeout(SETTLE_MS / 10)
  }
  return { bytes, shift: await page.evaluate(readShift) }
}

/** All layout shifts of a page, in the browser. The Cumulative Layout Shift is the worst five seconds of them. */
const readShift = (): Promise<number> =>
  new Promise((resolve) => {
    new PerformanceObserver((list, observer) => {
      observer.disconnect()
      resolve(list.getEntries().reduce((sum, shift) => sum + (shift as PerformanceEntry & { value: number }).value, 0))
    }).observe({ type: 'layout-shift', buffered: true })
    // Nothing is observed on a page that has not moved.
    setTimeout(() => resolve(0), 500)
  })

function report(bench: Bench, name: string, rounds: Visit[]): void {
  const [bytes, shift] = [overRounds(rounds.map((visit) => visit.bytes)), overRounds(rounds.map((visit) => visit.shift))]
  bench.print(`  ${name}: ${bytes.value} bytes, layout shift ${shift.value.toFixed(4)}`)
  bench.report({ what: `${name}: a first visit without posters`, unit: 'bytes', ...bytes, target: { atMost: MAX_BYTES } })
  bench.report({ what: `${name}: layout shift`, unit: '', ...shift, target: { atMost: MAX_SHIFT } })
}
