import type { ComponentChildren } from 'preact'
import { renderPage } from '../../web/render.tsx'
import type { CaughtMail } from './caught-mail.ts'

/** The page of the mail catcher: mails that the shop has sent on this machine, the newest first. */
export const renderInbox = (mails: CaughtMail[]): string =>
  renderPage(
    <Frame title='Mails' refresh>
      {mails.length === 0 && <p>No mail yet. Sign up at the shop, and it appears here.</p>}
      <ul>
        {mails.map(({ id, subject, to, at }) => (
          <li key={id}>
            <a href={`/mails/${id}`}>{subject || '(no subject)'}</a>
            <small>{to.join(', ')} · {at}</small>
          </li>
        ))}
      </ul>
    </Frame>,
  )

export const renderMailPage = ({ id, subject, from, to, at, text, links }: CaughtMail): string =>
  renderPage(
    <Frame title={subject}>
      <p>
        <a href='/'>All mails</a>
      </p>
      <p>
        <small>{from} → {to.join(', ')} · {at}</small>
      </p>
      <ul>
        {links.map((link) => (
          <li key={link}>
            <a href={link}>{link}</a>
          </li>
        ))}
      </ul>
      <pre>{text}</pre>
      <iframe src={`/mails/${id}/html`} title='HTML' sandbox='allow-popups'></iframe>
    </Frame>,
  )

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
  li { margin: .5rem 0; overflow-wrap: anywhere }
  small { display: block; opacity: .75 }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
  iframe { width: 100%; height: 32rem; border: 1px solid; background: #fff }
`

function Frame({ title, refresh = false, children }: { title: string; refresh?: boolean; children: ComponentChildren }) {
  return (
    <html lang='en'>
      <head>
        <meta charset='utf-8' />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        {refresh && <meta http-equiv='refresh' content='5' />}
        <title>{title}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <h1>{title}</h1>
        {children}
      </body>
    </html>
  )
}
