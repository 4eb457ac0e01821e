import { createTransport } from 'nodemailer'

/**
 * A mail as it is sent. `messageId` is the same in every attempt, so that mail programs show a mail that arrives twice once. `unsubscribe`:
 * the address to which a mail program posts when its reader wants no more of these (RFC 8058); null for mails that nobody can opt out of.
 */
export type Mail = {
  to: string
  messageId: string
  subject: string
  text: string
  html: string
  language: string
  unsubscribe: string | null
}

/** Sends one mail; rejects with SmtpRefusal, with SmtpAway, or with another error if the server asks to try again. */
export type SendMail = (mail: Mail) => Promise<void>

/** The server has refused the address or the mail for good (RFC 5321 §4.2.1, replies 5yz). */
export class SmtpRefusal extends Error {
  override name = 'SmtpRefusal'
}

/** No server has taken the mail or answered about it: it is unreachable, or refuses the login. The mail itself is not to blame. */
export class SmtpAway extends Error {
  override name = 'SmtpAway'
}

/** Deadlines of a connection: for its opening, for the greeting and for a silence. */
const CONNECT_MS = 5_000
const GREETING_MS = 5_000
const SILENCE_MS = 10_000
/** Connections to the server that are kept open. */
const CONNECTIONS = 4

/** Opens a pool of connections to the server of an address such as `smtps://user:password@smtp.example:465`. `from`: with or without a name. */
export function openSmtp(url: string, from: string): { send: SendMail; close(): void } {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: GREETING_MS,
    socketTimeout: SILENCE_MS,
    // A mail is text: nothing in it may be read from a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ to, messageId, subject, text, html, language, unsubscribe }) {
      try {
        await transport.sendMail({
          from: from.includes('<') ? from : { name: 'NETicket', address: from },
          to: { name: '', address: to },
          messageId,
          subject,
          text,
          html,
          headers: Object.assign(
            { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
            unsubscribe === null
              ? {}
              : { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
          ),
        })
      } catch (error) {
        throw classified(error)
      }
    },
    close: () => transport.close(),
  }
}

/** A refused login is a fault of the settings, which operators can repair while mails wait. */
function classified(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const isAboutMail = 'code' in error && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && 'responseCode' in error
  if (!isAboutMail) return new SmtpAway(error.message, { cause: error })
  return Number(error.responseCode) >= 500 ? new SmtpRefusal(error.message, { cause: error }) : error
}
