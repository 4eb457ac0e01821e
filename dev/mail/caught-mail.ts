/** A mail that was caught. `links`: the addresses in its text, in order. */
export type CaughtMail = {
  id: number
  at: string
  from: string
  to: string[]
  messageId: string
  subject: string
  text: string
  html: string
  links: string[]
}
