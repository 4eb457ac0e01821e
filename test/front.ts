import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startProcess } from '../dev/processes.ts'
import { ensureProgram } from '../dev/programs.ts'
import { createCertificates } from './certificates.ts'
import { startRelay } from './relay.ts'

/** What an Application Load Balancer of AWS accepts on one HTTP/2 connection. */
const MAX_STREAMS = 128

/**
 * Starts what stands between edges and origins on AWS: a HAProxy that terminates TLS, offers HTTP/2 and forwards to the origin by HTTP/1.1,
 * with a certificate of a private authority. Each relay is a way to it whose connections can go silent.
 */
export async function startFront(originPort: number, relayCount = 1) {
  const port = await freePort()
  const { caFile, close } = await startHaproxy(port, (serverFile) => originFront(port, originPort, serverFile))
  const relays = await Promise.all(Array.from({ length: relayCount }, () => startRelay(port)))
  return {
    relays,
    /** The settings of an edge that reaches the origin through a relay. */
    settings: (relay = relays[0]!) => ({ ORIGIN_URL: `https://127.0.0.1:${relay.port}`, ORIGIN_CA_FILE: caFile }),
    async close() {
      await Promise.all(relays.map((relay) => relay.close()))
      await close()
    },
  }
}

/** A host for which a public front answers itself: another site of the same domain. */
export const SIBLING = 'sibling.neticket.test'

/**
 * Starts what stands between visitors and an edge with one trusted proxy: a HAProxy that terminates TLS, and listens without TLS too. It
 * sends the address and the protocol of the visitor.
 */
export async function startPublicFront(edgePort: number) {
  const [port, plainPort] = await Promise.all([freePort(), freePort()])
  const { caFile, close } = await startHaproxy(port, (serverFile) => publicFront(port, plainPort, edgePort, serverFile))
  return { port, plainPort, ca: await readFile(caFile, 'utf8'), close }
}

/** Starts a HAProxy with a certificate of a private authority, and waits until it listens at `port`. */
async function startHaproxy(port: number, configure: (serverFile: string) => string) {
  const dir = await mkdtemp(join(tmpdir(), 'neticket-front-'))
  const { caFile, serverFile } = createCertificates(dir)
  await writeFile(join(dir, 'haproxy.cfg'), configure(serverFile))
  const haproxy = await startProcess({
    name: 'front',
    dir,
    command: [ensureProgram('haproxy', () => {}), '-f', join(dir, 'haproxy.cfg')],
    isReady: () => accepts(port),
  })
  return {
    caFile,
    async close() {
      await haproxy.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Whether a server accepts connections at a port. */
const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

export type Front = Awaited<ReturnType<typeof startFront>>

const DEFAULTS = `
global
  maxconn 4000
  tune.h2.max-concurrent-streams ${MAX_STREAMS}
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
`

const publicFront = (port: number, plainPort: number, edgePort: number, serverFile: string) =>
  `${DEFAULTS}
frontend front
  bind 127.0.0.1:${port} ssl crt ${serverFile} alpn h2,http/1.1
  bind 127.0.0.1:${plainPort}
  option forwardfor
  http-request return status 200 content-type text/html string "<title>sibling</title>" if { req.hdr(host) -m beg ${SIBLING} }
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  http-request set-header X-Forwarded-Proto http if !{ ssl_fc }
  default_backend edge
backend edge
  http-reuse always
  server edge 127.0.0.1:${edgePort}
`

const originFront = (port: number, originPort: number, serverFile: string) =>
  `${DEFAULTS}
frontend front
  bind 127.0.0.1:${port} ssl crt ${serverFile} alpn h2,http/1.1
  default_backend origin
backend origin
  http-reuse always
  server origin 127.0.0.1:${originPort}
`
