/** An origin's app with a mail server, for tests of accounts. */
import { randomBytes } from 'node:crypto'
import { type MailCatcher, startMailCatcher } from '../dev/mail/catcher.ts'
import type { CaughtMail } from '../dev/mail/caught-mail.ts'
import { createApp } from '../origin/app.tsx'
import { openBrowser, PASSWORD } from './operators.ts'
import { openShop, PUBLIC_URL } from './shop.ts'
import { until } from './until.ts'

/** `aheadMs` of the result moves the clock of the shop. */
export async function openAccountSite() {
  const clock = { aheadMs: 0 }
  const now = () => new Date(Date.now() + clock.aheadMs)
  const catcher: MailCatcher = await startMailCatcher({ smtp: 0, page: 0 }, now)
  const shop = await openShop({ writeBackMs: 3_600_000, smtpUrl: catcher.smtpUrl }, { now })
  const app = createApp(shop)
  const mailsTo = (to: string): CaughtMail[] => catcher.mails().filter((mail) => mail.to.includes(to))

  return {
    shop,
    app,
    clock,
    mailsTo,
    browse: (address?: string) => openBrowser(app, address),
    /** Waits for the nth mail to an address, the newest first. */
    async mailTo(to: string, count: number): Promise<CaughtMail> {
      await until(() => mailsTo(to).length >= count)
      return mailsTo(to)[0]!
    },
    /** Creates an account by API, and a browser that is logged in to it. */
    async addBuyer() {
      const nickname = randomBytes(5).toString('hex')
      const email = `${nickname}@test.example`
      const browser = openBrowser(app, `test ${nickname}`)
      const signup = await browser.json('POST', '/api/auth/signup', { email, password: PASSWORD, nickname })
      if (signup.status !== 201) throw new Error(`signup: ${signup.status}`)
      await browser.logIn(email)
      const { user } = await signup.json() as { user: { id: number } }
      return { id: user.id, email, nickname, browser }
    },
    async close() {
      await shop.close()
      await catcher.stop()
    },
  }
}

export type AccountSite = Awaited<ReturnType<typeof openAccountSite>>

/** Repeats a request while the shop is busy, as it may be on a slow machine. */
export async function untilNotBusy(send: () => Promise<Response>): Promise<Response> {
  let response = await send()
  await until(async () => response.status !== 503 || (response = await send()).status !== 503)
  return response
}

/** The token of the link in a mail. Throws if the link does not begin with the configured address of the shop. */
export function tokenOf({ links }: CaughtMail): string {
  const link = new URL(links[0]!)
  if (link.origin !== PUBLIC_URL) throw new Error(`The link is ${link.href}`)
  return link.searchParams.get('token')!
}
