import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startProcess } from '../dev/processes.ts'
import { ensureProgram } from '../dev/programs.ts'

/** Between two looks at a server's readiness, and how many bad ones take it out. */
const CHECK_MS = 200
const FALL = 2
/** A program that drains for this long has been noticed: two looks, and a machine with more to do. */
export const NOTICED_MS = CHECK_MS * FALL * 4

export type Fleet = 'edge' | 'origin'
type State = 'UP' | 'DOWN' | 'other'

/**
 * A HAProxy as the balancers of a region are: the public one in front of the edges, the inner one in front of the origins; each asks its servers for
 * their readiness, keeps connections to them, and repeats nothing but an attempt to connect. Servers have the given ports, whether or not
 * anybody listens there yet.
 */
export async function startBalancer(ports: Record<Fleet, number[]>) {
  const dir = await mkdtemp(join(tmpdir(), 'neticket-balancer-'))
  const at: Record<Fleet | 'stats', number> = { edge: await freePort(), origin: await freePort(), stats: await freePort() }
  const proxy = (fleet: Fleet) => `
frontend ${fleet}s
  bind 127.0.0.1:${at[fleet]}
  default_backend ${fleet}
backend ${fleet}
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr host balancer
  http-check expect status 200
  option forwardfor
  http-reuse always
  default-server check inter ${CHECK_MS} fall ${FALL} rise 1
${ports[fleet].map((port) => `  server at-${port} 127.0.0.1:${port}`).join('\n')}
`
  await writeFile(
    join(dir, 'haproxy.cfg'),
    `
global
  maxconn 2000
defaults
  mode http
  option redispatch
  retries 3
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout check 1s
${proxy('edge')}${proxy('origin')}
frontend stats
  bind 127.0.0.1:${at.stats}
  stats enable
  stats uri /stats
`,
  )
  const stateOf = async (port: number): Promise<State> => {
    const table = await (await fetch(`http://127.0.0.1:${at.stats}/stats;csv`, { signal: AbortSignal.timeout(2_000) })).text()
    const [head, ...rows] = table.split('\n').map((line) => line.split(','))
    const row = rows.find((cells) => cells[1] === `at-${port}`)
    const state = row?.[head!.indexOf('status')]
    return state === 'UP' || state === 'DOWN' ? state : 'other'
  }
  const running = await startProcess({
    name: 'haproxy',
    dir,
    command: [ensureProgram('haproxy', () => {}), '-f', join(dir, 'haproxy.cfg')],
    isReady: async () => (await stateOf(ports.edge[0]!)) !== undefined,
  })
  return {
    edgeUrl: `http://127.0.0.1:${at.edge}`,
    originUrl: `http://127.0.0.1:${at.origin}`,
    /** Waits until the balancer has found a server ready, or not; at most 20 s. */
    async untilSeen(port: number, wanted: 'UP' | 'DOWN'): Promise<void> {
      for (let attempt = 0; attempt < 400; attempt++) {
        if (await stateOf(port) === wanted) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`The balancer never found the server at ${port} ${wanted}`)
    },
    async close() {
      await running.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
