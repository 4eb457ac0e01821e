import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { CaughtMail } from './caught-mail.ts'
import { renderInbox, renderMailPage } from './inbox-page.tsx'

export type MailCatcher = {
  smtpUrl: string
  pageUrl: string
  /** The last 200 mails, the newest first. */
  mails(): CaughtMail[]
  /** What the server replies to the next recipients instead of accepting them: an SMTP code, such as 450 or 550. */
  refuseNext(code: number, times?: number): void
  stop(): Promise<void>
}

const HOST = '127.0.0.1'
const MAX_MAILS = 200
const MAX_BYTES = 1_000_000

/**
 * A mail server for development and tests: it accepts every mail, delivers none, and shows them on a page. It listens on loopback only. Port 0
 * takes any free one.
 */
export async function startMailCatcher(ports: { smtp: number; page: number }, now: () => Date): Promise<MailCatcher> {
  const mails: CaughtMail[] = []
  const refusals: number[] = []
  let lastId = 0

  const smtp = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    authOptional: true,
    size: MAX_BYTES,
    onRcptTo(_address, _session, done) {
      const responseCode = refusals.shift()
      done(responseCode === undefined ? null : Object.assign(new Error('The mail catcher was asked to refuse'), { responseCode }))
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        PostalMime.parse(Buffer.concat(chunks)).then(({ subject = '', text = '', html = '', messageId = '' }) => {
          const from = envelope.mailFrom ? envelope.mailFrom.address : ''
          const to = envelope.rcptTo.map(({ address }) => address)
          const links = [...text.matchAll(/https?:\/\/\S+/g)].map(([link]) => link)
          mails.unshift({ id: ++lastId, at: now().toISOString(), from, to, messageId, subject, text, html, links })
          mails.length = Math.min(mails.length, MAX_MAILS)
          done()
        }, done)
      })
    },
  })
  smtp.on('error', () => {/* a client that has gone */})
  await new Promise<void>((resolve, reject) => {
    smtp.once('error', reject)
    smtp.listen(ports.smtp, HOST, resolve)
  })
  const page = Bun.serve({
    hostname: HOST,
    port: ports.page,
    fetch: (request) => showMails(new URL(request.url).pathname, mails),
  })
  const address = smtp.server.address()
  return {
    smtpUrl: `smtp://${HOST}:${typeof address === 'object' && address ? address.port : ports.smtp}`,
    pageUrl: `http://localhost:${page.port}`,
    mails: () => mails,
    refuseNext: (code, times = 1) => refusals.push(...Array.from({ length: times }, () => code)),
    async stop() {
      await page.stop(true)
      await new Promise<void>((resolve) => smtp.close(resolve))
    },
  }
}

/** The list, a mail with its text, and its HTML, which is shown in a frame without scripts. */
function showMails(path: string, mails: CaughtMail[]): Response {
  const [, id, part] = path.match(/^\/mails\/(\d+)(\/html)?$/) ?? []
  const mail = mails.find((one) => one.id === Number(id))
  if (path !== '/' && !mail) return new Response('Not found', { status: 404 })
  const html = !mail ? renderInbox(mails) : part ? mail.html : renderMailPage(mail)
  const policy = `default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'${part ? '; sandbox allow-popups' : ''}`
  return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy } })
}
