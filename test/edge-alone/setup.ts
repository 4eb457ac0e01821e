import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { type ReceivedRequest, startRecordingServer } from '../recording-server.ts'
import { type Browser, createBrowsers } from './browser.ts'
import { openEdges } from './edges.ts'

/** An edge with these rooms in front of a web site without NETicket code. */
export async function openEdgeAlone(rooms: object[]) {
  const upstream = startPlainUpstream()
  const edges = await openEdges(upstream.url)
  const edgeUrl = await edges.start(rooms)
  const openBrowser = createBrowsers(edgeUrl)
  const firstVisitors = new Map<string, Browser>()
  return {
    upstream,
    edges,
    edgeUrl,
    openBrowser,

    /** Admits one browser into a room for one, unless one was admitted before: from then on all others wait. Returns that browser. */
    async fill(room: string): Promise<Browser> {
      const known = firstVisitors.get(room)
      if (known) return known
      const first = openBrowser()
      expect((await first.get(`/${room}`)).status).toBe(200)
      firstVisitors.set(room, first)
      return first
    },

    async close() {
      await edges.close()
      await upstream.close()
    },
  }
}

export type EdgeAlone = Awaited<ReturnType<typeof openEdgeAlone>>

/** A plain web site with a page for every path. `delay` delays the responses of one path. */
function startPlainUpstream() {
  const bytes = randomBytes(70_000)
  const delaysMs = new Map<string, number>()
  const server = startRecordingServer(async (request) => {
    await delay(delaysMs.get(request.pathname) ?? 0)
    return respond(request, bytes)
  })
  return { ...server, delay: (pathname: string, ms: number) => void delaysMs.set(pathname, ms) }
}

function respond({ pathname, body }: ReceivedRequest, bytes: Buffer<ArrayBuffer>): Response {
  switch (pathname) {
    case '/bytes': {
      const headers = new Headers({
        'content-type': 'application/x-thing',
        etag: '"1"',
        'x-upstream': 'yes',
        'cache-control': 'private, max-age=7',
      })
      for (const cookie of ['a=1; Path=/', 'b=2; HttpOnly']) headers.append('set-cookie', cookie)
      return new Response(bytes, { status: 203, headers })
    }
    case '/echo':
      return new Response(body)
    case '/elsewhere':
      return Response.redirect('https://elsewhere.example/', 302)
    case '/missing':
      return new Response('nothing here', { status: 404 })
    case '/ended/thanks':
      return new Response(`the page ${pathname}`, { headers: { 'x-queue-command': 'end-pass' } })
    case '/kept/public':
      return new Response('public', {
        headers: { 'cache-control': 'public, max-age=60, s-maxage=600', 'set-cookie': 'own=1; Path=/' },
      })
    default:
      return new Response(`the page ${pathname}`)
  }
}
