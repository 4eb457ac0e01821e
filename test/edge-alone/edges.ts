import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../dev/processes.ts'
import { ownRedis, TOKEN_SECRET } from '../shop.ts'
import { end, startProgram } from '../site.ts'

/** Starts edges in front of one upstream, all on one Redis of their own. No MySQL and no NETicket origin is involved. */
export async function openEdges(upstreamUrl: string) {
  const folder = await mkdtemp(join(tmpdir(), 'neticket-edge-'))
  const redis = await ownRedis()
  const edges = new Map<string, Awaited<ReturnType<typeof startProgram>>>()
  return {
    redisUrl: redis.url,

    /**
     * Starts an edge behind one trusted proxy and returns its URL. `rooms` is the content of the rooms file; null starts it without one.
     * `maxFiles` limits its file descriptors.
     */
    async start(
      rooms: object[] | null,
      settings: Record<string, string> = {},
      port?: number,
      maxFiles?: number,
    ): Promise<string> {
      const url = `http://127.0.0.1:${port ?? await freePort()}`
      const file = join(folder, `rooms-${edges.size}.json`)
      await writeFile(file, JSON.stringify({ rooms }))
      const edge = await startProgram('edge', url, {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DENO_DIR: process.env.DENO_DIR,
        ORIGIN_URL: upstreamUrl,
        REDIS_URL: redis.url,
        TOKEN_SECRET,
        TRUSTED_PROXIES: '1',
        EDGE_ROOMS: rooms === null ? undefined : file,
        ...settings,
      }, maxFiles === undefined ? {} : { maxFiles })
      edges.set(url, edge)
      return url
    },

    processOf: (url: string) => edges.get(url)!,
    kill: (url: string) => end(edges.get(url)!, 'SIGKILL'),

    async close() {
      await Promise.all([...edges.values()].map((edge) => end(edge, 'SIGTERM')))
      await redis.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type Edges = Awaited<ReturnType<typeof openEdges>>
