import { Hono } from 'hono'
import { html } from 'hono/html'
import { assets } from '../origin/routes/assets.ts'
import type { ImageStore } from '../origin/images.ts'
import { catalogue } from './demo/catalogue.ts'
import { fnv1a } from './demo/drawing.ts'
import { posterSvg } from './demo/poster.ts'
import { previews } from './preview.tsx'
import { waitingExtras } from '../web/waiting-page/script.ts'
import { STATE_ELEMENT_ID, type WaitingPageState } from '../web/waiting-page/state.ts'

const PREVIEW = '/preview/'
const posters = catalogue(new Date(0)).slice(0, 12).map(posterSvg)

/** Every image of the samples is a poster of the demo catalogue. */
const images: Pick<ImageStore, 'get'> = {
  get: (key) => {
    const poster = posters[fnv1a(key.replace(/-\d+\.\w+$/, '')) % posters.length]!
    return Promise.resolve({ body: new TextEncoder().encode(poster), contentType: 'image/svg+xml' })
  },
}

/** A site with every page in every state, from samples: no store is needed, and no form or link leads anywhere. */
export function createPreviewApp(): Hono {
  const app = new Hono()
  app.get('/', (c) => c.html(listOf(previews.map(({ name }) => name))))
  app.get(`${PREVIEW}:name`, (c) => {
    const found = previews.find(({ name }) => name === c.req.param('name'))
    return found ? c.html(found.html()) : c.notFound()
  })
  app.route('/', assets({ images: images as ImageStore }))
  app.get('/api/events/:id', (c) => c.json({ title: 'A', imageUrl: '/images/events/waiting.svg', image: null }))
  app.get('/queue/:room/extras.js', (c) => c.body(waitingExtras, 200, { 'content-type': 'text/javascript' }))
  app.get('/queue/:room/snapshot', (c) => c.json(stateIn(c.req.header('referer') ?? '').snapshot))
  app.post('/queue/:room/tickets', (c) => c.json(Object.assign({ ticket: 'a' }, stateIn(c.req.header('referer') ?? '').position)))
  app.notFound((c) =>
    c.html(
      html`
        <!doctype html>
        <title>Preview</title>
        <p>Previews have no pages behind their links. <a href="/">All previews</a>
      `,
      404,
    )
  )
  return app
}

type State = Partial<Pick<WaitingPageState, 'snapshot' | 'position'>>

/** What the waiting page at an address shows, so that it stays in its state; empty for another page. */
function stateIn(url: string): State {
  const name = URL.canParse(url) ? decodeURIComponent(new URL(url).pathname.slice(PREVIEW.length)) : ''
  const html = previews.find((preview) => preview.name === name)?.html() ?? ''
  const [, json = '{}'] = html.match(new RegExp(`id="${STATE_ELEMENT_ID}">(.*?)</script>`)) ?? []
  return JSON.parse(json) as State
}

/** The names of the previews, each with a link for each language. */
function listOf(names: readonly string[]) {
  const [ko, en] = [' (ko)', ' (en)']
  const pages = names.filter((name) => name.endsWith(ko)).map((name) => name.slice(0, -ko.length))
  const linkTo = (name: string, text: string) => html`<a href="${PREVIEW}${encodeURIComponent(name)}">${text}</a>`
  return html`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Previews · NETicket</title>
<style>body{font:1rem/1.7 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;columns:20rem}h1{column-span:all}p{margin:0}</style>
<h1>${pages.length} pages and states</h1>
${pages.map((name) => html`<p>${linkTo(name + ko, name)} · ${linkTo(name + en, 'English')}</p>`)}`
}
