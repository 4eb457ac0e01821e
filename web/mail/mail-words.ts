/**
 * The words of a mail. `facts`: names and values, shown as a table. `path`: of the page behind its button. `stop`: a link at the end, by which
 * its reader gets no more of these.
 */
export type MailWords = {
  subject: string
  paragraphs: string[]
  facts?: [name: string, value: string][]
  button: { text: string; path: string } | null
  footnote: string
  stop?: { text: string; path: string }
}
