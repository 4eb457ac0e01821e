import { Hono } from 'hono'
import { LANGUAGES } from '../../edge/contract/language.ts'
import { localPath, paths } from '../../edge/contract/paths.ts'
import { setLanguageCookie } from '../cookies.ts'
import type { Deps } from '../deps.ts'
import { type Env, problem } from '../http.tsx'

/** The visitor's language and the server's time. */
export const preferences = ({ now }: Pick<Deps, 'now'>) =>
  new Hono<Env>()
    .get('/api/time', (c) => {
      c.header('cache-control', 'no-store')
      return c.json({ serverTime: now().toISOString() })
    })
    .get('/language/:language', (c) => {
      const language = LANGUAGES.find((known) => known === c.req.param('language'))
      if (!language) return problem(c, 'not_found')
      setLanguageCookie(c, language)
      c.header('cache-control', 'no-store')
      return c.redirect(localPath(c.req.query('next'), paths.home), 303)
    })
