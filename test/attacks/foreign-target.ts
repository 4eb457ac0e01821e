import { openEdges } from '../edge-alone/edges.ts'
import { type ReceivedRequest, startRecordingServer } from '../recording-server.ts'

/** An edge that visitors reach without a proxy, in front of a careless upstream. One room, `checkout`, protects `/checkout`. */
export async function openForeignTarget() {
  const upstream = startRecordingServer(respondCarelessly)
  const edges = await openEdges(upstream.url)
  const edgeUrl = await edges.start([{ name: 'checkout', paths: ['/checkout', '/checkout/*'], walkIn: false }], {
    TRUSTED_PROXIES: '0',
  })
  return {
    edgeUrl,
    forwarded: upstream.requests,
    forwardedFor: upstream.requestsFor,
    async close() {
      await edges.close()
      await upstream.close()
    },
  }
}

export type ForeignTarget = Awaited<ReturnType<typeof openForeignTarget>>

/** Responds like a careless web site: pages are public for a minute and contain request headers. */
function respondCarelessly({ pathname, headers }: ReceivedRequest): Response {
  const publicPage = (text: string | null, vary = '', status = 200) =>
    new Response(text, { status, headers: { 'cache-control': 'public, max-age=60', ...(vary && { vary }) } })
  switch (pathname) {
    case '/reflects-host':
      return publicPage(headers['x-forwarded-host'] ?? null)
    case '/varies-by-cookie':
      return publicPage(`for ${headers.cookie}`, 'Cookie')
    case '/varies-by-agent':
      return publicPage(`for ${headers['user-agent']}`, 'Accept-Language, User-Agent')
    case '/varies-by-accept':
      return publicPage(`for ${headers.accept}`, 'Accept, Accept-Language')
    case '/varies-by-all':
      return publicPage(`for ${headers['user-agent']}`, '*')
    case '/honours-range':
      return 'range' in headers ? publicPage('part', '', 206) : publicPage('whole')
    case '/revalidated':
      return 'if-none-match' in headers ? publicPage(null, '', 304) : publicPage('whole')
    case '/private-revalidated':
      return 'if-none-match' in headers ? new Response(null, { status: 304 }) : new Response('whole')
    default:
      return publicPage('hello')
  }
}
