import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startProcess } from '../dev/processes.ts'
import { ensureProgram } from '../dev/programs.ts'

/** The interval of the health checks, and how many must fail before a server gets no more requests. */
const CHECK_MS = 200
const FALL = 2
/** Long enough for balancers to notice a program that shuts down, even on a busy machine. */
export const NOTICED_MS = CHECK_MS * FALL * 8
const STATE_TIMEOUT_MS = 60_000

export type Fleet = 'edge' | 'origin'
type State = 'UP' | 'DOWN' | 'other'

/**
 * Starts a HAProxy that stands in for the two load balancers of a region: the public one in front of the edges and the internal one in
 * front of the origins. Both check `/readyz` of their servers, keep connections to them open, and retry only an attempt to connect. The
 * ports of the servers are fixed at the start; a program may start to listen on its port later.
 */
export async function startBalancer(ports: Record<Fleet, number[]>) {
  const dir = await mkdtemp(join(tmpdir(), 'neticket-balancer-'))
  const listenPorts: Record<Fleet | 'stats', number> = {
    edge: await freePort(),
    origin: await freePort(),
    stats: await freePort(),
  }
  await writeFile(join(dir, 'haproxy.cfg'), configuration(ports, listenPorts))
  const stateOf = async (port: number): Promise<State> => {
    const table = await (await fetch(`http://127.0.0.1:${listenPorts.stats}/stats;csv`, { signal: AbortSignal.timeout(2_000) }))
      .text()
    const [head, ...rows] = table.split('\n').map((line) => line.split(','))
    const row = rows.find((cells) => cells[1] === `at-${port}`)
    const state = row?.[head!.indexOf('status')]
    return state === 'UP' || state === 'DOWN' ? state : 'other'
  }
  const haproxy = await startProcess({
    name: 'haproxy',
    dir,
    command: [ensureProgram('haproxy', () => {}), '-f', join(dir, 'haproxy.cfg')],
    isReady: async () => (await stateOf(ports.edge[0]!)) !== undefined,
  })
  return {
    edgeUrl: `http://127.0.0.1:${listenPorts.edge}`,
    originUrl: `http://127.0.0.1:${listenPorts.origin}`,
    /** Waits until the health checks report this state of a server. */
    async untilSeen(port: number, state: 'UP' | 'DOWN'): Promise<void> {
      const deadline = performance.now() + STATE_TIMEOUT_MS
      while (await stateOf(port) !== state) {
        if (performance.now() > deadline) throw new Error(`The server at port ${port} did not become ${state}`)
        await sleep(50)
      }
    },
    async close() {
      await haproxy.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function configuration(ports: Record<Fleet, number[]>, listenPorts: Record<Fleet | 'stats', number>): string {
  const proxy = (fleet: Fleet) => `
frontend ${fleet}s
  bind 127.0.0.1:${listenPorts[fleet]}
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
  return `
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
  bind 127.0.0.1:${listenPorts.stats}
  stats enable
  stats uri /stats
`
}
