import { Hono } from 'hono'
import { paths } from '../../edge/contract/paths.ts'
import { PrivacyPage, TermsPage } from '../../web/pages/legal.tsx'
import { renderPage } from '../../web/render.tsx'
import { type Env, shared } from '../http.tsx'

/** The terms of use and the privacy notice. */
export const legal = () =>
  new Hono<Env>()
    .get(paths.terms, (c) => {
      shared(c)
      return c.html(renderPage(<TermsPage language={c.get('language')} />))
    })
    .get(paths.privacy, (c) => {
      shared(c)
      return c.html(renderPage(<PrivacyPage language={c.get('language')} />))
    })
