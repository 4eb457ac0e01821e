import type { Language } from '../../edge/contract/language.ts'
import { renderPage } from '../render.tsx'
import type { MailWords } from './mail-words.ts'
import { type MailMessage, wordsOf } from './messages.ts'

/**
 * A mail as plain text and as simple HTML. `publicUrl`: the configured address of the shop. Links never begin with anything that a request
 * has sent. `unsubscribe`: the address of `stop`; null without one.
 */
export function renderMail(
  message: MailMessage,
  language: Language,
  publicUrl: string,
): { subject: string; text: string; html: string; unsubscribe: string | null } {
  const mail = wordsOf(message, language)
  const link = mail.button && new URL(mail.button.path, publicUrl).href
  const unsubscribe = mail.stop ? new URL(mail.stop.path, publicUrl).href : null
  const facts = mail.facts ?? []
  const lines = mail.paragraphs.concat(
    facts.length > 0 ? [facts.map(([name, value]) => `${name}: ${value}`).join('\n')] : [],
    link ? [`${mail.button!.text}:\n${link}`] : [],
    mail.footnote,
    mail.stop ? [`${mail.stop.text}:\n${unsubscribe}`] : [],
    `-- \nNETicket\n${publicUrl}`,
  )
  return {
    subject: `[NETicket] ${mail.subject}`,
    text: `${lines.join('\n\n')}\n`,
    html: renderPage(
      <MailDocument language={language} mail={mail} link={link} unsubscribe={unsubscribe} publicUrl={publicUrl} />,
    ),
    unsubscribe,
  }
}

type MailDocumentProps = {
  language: Language
  mail: MailWords
  link: string | null
  unsubscribe: string | null
  publicUrl: string
}

/** Mail programs read neither style sheets nor scripts, so the styles are at the elements. */
function MailDocument({ language, mail, link, unsubscribe, publicUrl }: MailDocumentProps) {
  return (
    <html lang={language}>
      <head>
        <meta charset='utf-8' />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        <meta name='color-scheme' content='light dark' />
        <title>{mail.subject}</title>
      </head>
      <body style='margin:0;padding:24px;font-family:sans-serif;font-size:16px;line-height:1.6'>
        <div style='max-width:560px;margin:0 auto'>
          <p style='font-weight:bold;color:#5b3df5'>NETicket</p>
          <h1 style='font-size:22px;line-height:1.3'>{mail.subject}</h1>
          {mail.paragraphs.map((text) => <p key={text}>{text}</p>)}
          <FactTable facts={mail.facts ?? []} />
          {link && (
            <>
              <p>
                <a
                  href={link}
                  style='display:inline-block;padding:12px 20px;border-radius:8px;background:#5b3df5;color:#ffffff;text-decoration:none'
                >
                  {mail.button!.text}
                </a>
              </p>
              <p style='font-size:13px;word-break:break-all'>{link}</p>
            </>
          )}
          <p style='font-size:14px'>{mail.footnote}</p>
          {unsubscribe && (
            <p style='font-size:13px'>
              <a href={unsubscribe}>{mail.stop!.text}</a>
            </p>
          )}
          <p style='font-size:13px'>
            <a href={publicUrl}>{publicUrl}</a>
          </p>
        </div>
      </body>
    </html>
  )
}

function FactTable({ facts }: { facts: [name: string, value: string][] }) {
  if (facts.length === 0) return null
  return (
    <table style='width:100%;border-collapse:collapse;font-size:15px'>
      {facts.map(([name, value]) => (
        <tr key={name}>
          <th
            scope='row'
            style='padding:8px 12px 8px 0;border-top:1px solid #8884;text-align:left;font-weight:normal;white-space:nowrap'
          >
            {name}
          </th>
          <td style='padding:8px 0;border-top:1px solid #8884;font-weight:bold;word-break:break-word'>{value}</td>
        </tr>
      ))}
    </table>
  )
}
