/** The words of a mail. `facts`: names and values, shown as a table. `path`: of the page behind its button. */
export type MailWords = {
  subject: string
  paragraphs: string[]
  facts?: [name: string, value: string][]
  button: { text: string; path: string } | null
  footnote: string
}
