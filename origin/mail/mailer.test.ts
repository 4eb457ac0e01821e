import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { mails } from '../../db/schema.ts'
import { type MailCatcher, startMailCatcher } from '../../dev/mail/catcher.ts'
import { openShop, PUBLIC_URL, type Shop } from '../../test/shop.ts'
import { until } from '../../test/until.ts'
import {
  accountBuckets,
  CLIENT_BURST,
  clientBucket,
  MAIL_BURST,
  MAILBOX_BURST,
  mailboxBuckets,
  mailboxOf,
  type MailBucket,
  mailBucket,
  takeAllowance,
} from './mail-allowance.ts'
import { type Mailer, openMailer } from './mailer.ts'
import { type OutgoingMail, queueMail } from './outbox.ts'
import { openSmtp, type SendMail } from './smtp.ts'

const FROM = 'NETicket <shop@neticket.example>'
const HOUR_MS = 3_600_000
let shop: Shop
let catcher: MailCatcher
let smtp: ReturnType<typeof openSmtp>
/** How far the clock of the outbox is ahead. */
let aheadMs = 0
const now = () => new Date(Date.now() + aheadMs)
const mailers: Mailer[] = []
let lines: { event: string; facts: object }[] = []

beforeAll(async () => {
  shop = await openShop({ writeBackMs: HOUR_MS })
  catcher = await startMailCatcher({ smtp: 0, page: 0 }, now)
  smtp = openSmtp(catcher.smtpUrl, FROM)
})
afterAll(async () => {
  smtp.close()
  await catcher.stop()
  await shop.close()
})
beforeEach(async () => {
  aheadMs = 0
  lines = []
  await shop.db.delete(mails)
})
afterEach(async () => {
  await Promise.all(mailers.splice(0).map((mailer) => mailer.close()))
})

function start(send: SendMail | null = smtp.send): Mailer {
  const log = (event: string, facts: object = {}) => void lines.push({ event, facts })
  const parts = { db: shop.db, tokenKeys: shop.tokenKeys, newId: shop.newId, log, now, send, publicUrl: PUBLIC_URL }
  const mailer = openMailer(parts, 20)
  mailers.push(mailer)
  return mailer
}

const mailTo = (to: string, change: Partial<OutgoingMail> = {}): OutgoingMail => ({
  key: randomUUID(),
  to,
  userId: null,
  language: 'ko',
  message: { kind: 'verify_email', nickname: '관객', token: 'secret-of-the-link' },
  expiresAt: new Date(now().getTime() + 24 * HOUR_MS),
  ...change,
})
const queue = (mail: OutgoingMail) => shop.db.transaction((tx) => queueMail(tx, { tokenKeys: shop.tokenKeys, now }, mail))
const caught = (to: string) => catcher.mails().filter((mail) => mail.to.includes(to))
const rowOf = async ({ key }: OutgoingMail) => (await shop.db.select().from(mails).where(eq(mails.key, key)))[0]!
const stateOf = async (mail: OutgoingMail) => (await rowOf(mail)).state

describe('a queued mail', () => {
  test('is sent once its transaction has committed, in plain text and HTML, and its content is removed', async () => {
    start()
    const [kept, rolledBack] = [mailTo('kept@test.example'), mailTo('rolled-back@test.example')]
    const failed = shop.db.transaction(async (tx) => {
      await queueMail(tx, { tokenKeys: shop.tokenKeys, now }, rolledBack)
      throw new Error('rolled back')
    })
    await expect(failed).rejects.toThrow('rolled back')
    await queue(kept)
    await until(async () => await stateOf(kept) === 'sent')
    const [mail] = caught('kept@test.example')
    expect(mail).toMatchObject({ from: 'shop@neticket.example', subject: '[NETicket] 이메일 주소를 인증해 주세요' })
    expect(mail!.links[0]).toBe(`${PUBLIC_URL}/verify?token=secret-of-the-link`)
    expect(mail!.html).toContain(`href="${PUBLIC_URL}/verify?token=secret-of-the-link"`)
    expect(mail!.messageId).toBe(`<${kept.key}@shop.neticket.example>`)
    expect(await rowOf(kept)).toMatchObject({ content: '', attempts: 1, error: '' })
    expect(caught('rolled-back@test.example')).toEqual([])
  })

  test('waits encrypted: the table has neither its link nor its words', async () => {
    const mail = mailTo('encrypted@test.example')
    await queue(mail)
    const { content } = await rowOf(mail)
    expect(content).toMatch(/^v1\./)
    expect(Buffer.from(content.split('.')[2]!, 'base64url').toString('latin1')).not.toContain('secret-of-the-link')
  })

  test('with the key of another one is not queued again', async () => {
    const mail = mailTo('once@test.example')
    await queue(mail)
    await queue(mail)
    start()
    await until(async () => await stateOf(mail) === 'sent')
    await queue(mail)
    expect(await shop.db.select().from(mails)).toHaveLength(1)
    expect(caught('once@test.example')).toHaveLength(1)
  })

  test('is sent by one of three origins that look at the same time', async () => {
    const all = Array.from({ length: 20 }, (_, i) => mailTo(`shared${i}@test.example`))
    for (const mail of all) await queue(mail)
    for (let i = 0; i < 3; i++) start()
    await until(async () => (await shop.db.select().from(mails).where(eq(mails.state, 'sent'))).length === all.length)
    expect(all.map(({ to }) => caught(to).length)).toEqual(all.map(() => 1))
  })
})

describe('a failed attempt', () => {
  test('is repeated after a while that grows, until the mail is dead, which is logged without the address', async () => {
    const mail = mailTo('later@test.example', { expiresAt: new Date(Date.now() + 1_000 * HOUR_MS) })
    await queue(mail)
    catcher.refuseNext(450, 8)
    start()
    const waits: number[] = []
    for (let attempts = 1; attempts < 8; attempts++) {
      await until(async () => (await rowOf(mail)).attempts === attempts && (await rowOf(mail)).lease === null)
      const waitMs = (await rowOf(mail)).nextAttemptAt.getTime() - now().getTime()
      waits.push(Math.round(waitMs / 1000))
      aheadMs += waitMs + 1
    }
    await until(() => lines.some(({ event }) => event === 'mail_dead'))
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(waits.at(-1)).toBeGreaterThan(3_600)
    expect(await rowOf(mail)).toMatchObject({ content: '', attempts: 8 })
    expect(lines.filter(({ event }) => event === 'mail_dead')).toHaveLength(1)
    expect(JSON.stringify(lines)).not.toContain('later@test.example')
    expect(caught('later@test.example')).toEqual([])
  })

  test('of an address that the server refuses for good ends the mail at once', async () => {
    const mail = mailTo('nobody@test.example')
    await queue(mail)
    catcher.refuseNext(550)
    start()
    await until(async () => await stateOf(mail) === 'dead')
    expect((await rowOf(mail)).attempts).toBe(1)
  })

  test('because the server is away costs nothing: the mail is sent when it is back', async () => {
    const away = openSmtp('smtp://127.0.0.1:1', FROM)
    let isAway = true
    const mail = mailTo('patient@test.example')
    await queue(mail)
    start((one) => isAway ? away.send(one) : smtp.send(one))
    await until(async () => (await rowOf(mail)).error !== '')
    isAway = false
    aheadMs += 60_000
    await until(async () => await stateOf(mail) === 'sent')
    expect(caught('patient@test.example')).toHaveLength(1)
    away.close()
  })

  test('that an origin does not finish is taken over after its lease, with the same Message-ID', async () => {
    const mail = mailTo('taken-over@test.example')
    await queue(mail)
    // Accepted by the server, and the origin ends before it can say so.
    start(async (one) => {
      await smtp.send(one)
      await new Promise(() => {})
    })
    await until(() => caught('taken-over@test.example').length === 1)
    start()
    aheadMs += 61_000
    await until(async () => await stateOf(mail) === 'sent')
    const ids = caught('taken-over@test.example').map(({ messageId }) => messageId)
    expect(ids).toEqual([ids[0], ids[0]])
  })
})

test('a mail whose link has expired is dead, also in a shop without a mail server', async () => {
  const mail = mailTo('expired@test.example', { expiresAt: new Date(Date.now() + 1_000) })
  await queue(mail)
  start(null)
  aheadMs += 2_000
  await until(async () => await stateOf(mail) === 'dead')
  expect(await rowOf(mail)).toMatchObject({ content: '', error: 'expired' })
})

test('mails that ended a week ago are deleted', async () => {
  const mail = mailTo('old@test.example')
  await queue(mail)
  await shop.db.update(mails).set({ state: 'sent', endedAt: new Date(Date.now() - 8 * 24 * HOUR_MS) })
  start()
  await until(async () => (await shop.db.select().from(mails)).length === 0)
})

describe('takeAllowance()', () => {
  const take = (buckets: MailBucket[]) => shop.db.transaction((tx) => takeAllowance(tx, buckets, now()))
  /** How many of so many mails, one after the other, are allowed. */
  async function countAllowed(tries: number, bucketsOf: (i: number) => MailBucket[]): Promise<number> {
    let allowed = 0
    for (let i = 0; i < tries; i++) if ((await take(bucketsOf(i))).kind === 'allowed') allowed++
    return allowed
  }

  test('allows five mails at once, also when many requests come at the same time, and one more after two hours', async () => {
    const buckets = [mailBucket(randomUUID()), mailBucket(randomUUID())]
    const results = await Promise.all(Array.from({ length: 20 }, () => take(buckets)))
    expect(results.filter(({ kind }) => kind === 'allowed')).toHaveLength(MAIL_BURST)
    const limited = await take(buckets)
    expect(limited).toMatchObject({ kind: 'limited' })
    aheadMs += (limited as { retryAfterSeconds: number }).retryAfterSeconds * 1000
    expect([(await take(buckets)).kind, (await take(buckets)).kind]).toEqual(['allowed', 'limited'])
  })

  test('counts an address over all accounts, and takes nothing from the other when one has none left', async () => {
    const [address, fresh] = [mailBucket(randomUUID()), mailBucket(randomUUID())]
    expect(await countAllowed(MAIL_BURST, () => [address, mailBucket(randomUUID())])).toBe(MAIL_BURST)
    expect((await take([address, fresh])).kind).toBe('limited')
    expect(await countAllowed(MAIL_BURST + 1, () => [fresh])).toBe(MAIL_BURST)
  })

  test('A141: one client uses up its own mails to a mailbox, and strangers none of those to the account with its address', async () => {
    const name = randomUUID()
    const email = `${name}@test.example`
    const forgot = (client: string) => mailboxBuckets('reset_password', email, client)
    expect(await countAllowed(MAIL_BURST + 3, () => forgot('203.0.113.1'))).toBe(MAIL_BURST)
    expect(await countAllowed(1, () => forgot('192.0.2.1'))).toBe(1)
    const spelling = (i: number) =>
      accountBuckets('verify_email', { email: `${name}+${i}@test.example`, emailVerifiedAt: null }, `c${i}`)
    expect(await countAllowed(MAILBOX_BURST + 3, spelling)).toBe(MAILBOX_BURST)
    for (const owner of [{ email, emailVerifiedAt: null }, { email: `${name}+1@test.example`, emailVerifiedAt: now() }]) {
      expect(await countAllowed(1, () => accountBuckets('verify_email', owner, '192.0.2.1'))).toBe(1)
    }
  })

  test('A142: one client sends no more mails to a domain than people may sign up at its address', async () => {
    const client = randomUUID()
    expect(await countAllowed(CLIENT_BURST + 3, () => [clientBucket(client), mailBucket(randomUUID())])).toBe(CLIENT_BURST)
  })
})

test.each([
  ['a.b+c+d@gmail.com', 'ab@gmail.com'],
  ['a.b@googlemail.com', 'ab@gmail.com'],
  ['a.b+c@gmail.com.example', 'a.b@gmail.com.example'],
  ['a.b@test.example', 'a.b@test.example'],
])('A142: the mailbox of %s is %s', (email, mailbox) => {
  expect(mailboxOf(email)).toBe(mailbox)
})
