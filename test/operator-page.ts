/** What an operator does in a browser, in the words of the pages. */
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Language } from '../edge/contract/language.ts'
import { FIELD_NAMES } from '../web/admin/event-texts.ts'
import { adminWords } from '../web/admin/texts.ts'
import { expectAccessible } from './chromium.ts'

/** What is reported on a busy machine when figures are late or refused. The next refresh repeats it. */
const BUSY = /^htmx: htmx:error: timeout|responded with a status of 503/

export type OperatorPage = ReturnType<typeof operate>

export function operate(page: Page, language: Language, errors: readonly string[]) {
  const main = page.getByRole('main')
  const text = (ko: string, en: string) => language === 'ko' ? ko : en

  const seen = new Set<string>()

  /**
   * Checks the page that is shown now: no error of a script or of the policy, and when a page of its kind is shown for the first time, no
   * violation, and not too wide. test/looks.test.ts checks each page in all its states.
   */
  async function look(): Promise<void> {
    expect(errors.filter((error) => !BUSY.test(error)), page.url()).toEqual([])
    const kind = new URL(page.url()).pathname.replace(/\/\d+|(?<=\/reservations\/)[^/]+/g, '/:id')
    if (seen.has(kind)) return
    seen.add(kind)
    await expectAccessible(page)
  }

  const field = (name: string, nth = 0): Locator => main.getByLabel(FIELD_NAMES[name]![language], { exact: true }).nth(nth)

  /** Follows a link and checks the page that it leads to. */
  async function click(link: Locator): Promise<void> {
    const target = new URL((await link.getAttribute('href'))!, page.url())
    await link.click()
    await page.waitForURL(target.href)
    await look()
  }

  /** Opens a page by a link of the page itself. */
  const follow = (link: string) => click(page.locator('main, aside').getByRole('link', { name: link, exact: true }).first())

  /** Opens one of the pages of the event. */
  const tab = (name: string) => click(page.locator('.event-nav').getByRole('link', { name, exact: true }))

  /** Opens a section by the menu, which is closed on phones. */
  async function menu(section: string): Promise<void> {
    const link = page.locator('.admin-menu').getByRole('link', { name: section, exact: true })
    if (!await link.isVisible()) await page.locator('.menu-label').click()
    await click(link)
  }

  /** Does an act: opens its form, fills in a reason and what else it asks for, and waits for what confirms it. */
  async function act(label: string, { why, fill, done }: { why: string; fill?: (form: Locator) => Promise<void>; done: string }) {
    const form = main.locator('details.act', { has: page.locator('summary').getByText(label, { exact: true }) })
    await form.locator('summary').click()
    await look()
    await fill?.(form)
    await form.getByLabel(adminWords(language)('reason'), { exact: true }).fill(why)
    await form.getByRole('button', { name: label, exact: true }).click()
    await main.getByText(done, { exact: true }).first().waitFor()
    await look()
  }

  /** Changes fields of a published event, which are reviewed first. */
  async function change(why: string, fill: () => Promise<void>, reviewed: RegExp): Promise<void> {
    await follow(text('수정', 'Edit'))
    await fill()
    await main.getByRole('button', { name: text('변경 내용 확인', 'Review the changes') }).click()
    await main.getByRole('row', { name: reviewed }).waitFor()
    await look()
    await main.getByLabel(adminWords(language)('reason'), { exact: true }).fill(why)
    await main.getByRole('button', { name: text('변경 적용', 'Apply the changes') }).click()
    await main.getByText(text('저장했습니다.', 'Saved.'), { exact: true }).waitFor()
    await look()
  }

  return { page, language, main, text, look, field, follow, tab, menu, act, change }
}

/** The acts in the audit log, as its pages name them. */
export async function readActs({ page, main, text, look }: OperatorPage, subject: string): Promise<Set<string>> {
  await main.getByLabel(text('대상', 'Subject'), { exact: true }).fill(subject)
  await main.getByRole('button', { name: text('검색', 'Search') }).click()
  await page.waitForURL((url) => url.searchParams.get('subject') === subject)
  await look()
  return new Set(await main.locator('tbody th a').allInnerTexts())
}

/** What the audit log has about the journey of an operator (test/admin-journey.test.ts), by subject. */
export const actsOfJourney = (eventId: number, reservation: string, owner: number) => ({
  [`user:${owner}`]: ['operator.login'],
  [`event:${eventId}`]: [
    'event.create',
    'image.replace',
    'event.publish',
    'event.change',
    'event.seats',
    'event.stop',
    'seats.audit',
  ],
  [`room:event-${eventId}`]: ['room.pause', 'room.rate', 'room.resume'],
  [`reservation:${reservation}`]: ['reservation.cancel', 'reservation.view'],
  'reservation:all': ['reservation.export', 'reservation.list'],
})
