import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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
  const dir = await mkdtemp(join(tmpdir(), 'neticket-front-'))
  const { caFile, serverFile } = createCertificates(dir)
  const port = await freePort()
  await writeFile(join(dir, 'haproxy.cfg'), configuration(port, originPort, serverFile))
  const haproxy = await startProcess({
    name: 'front',
    dir,
    command: [ensureProgram('haproxy', () => {}), '-f', join(dir, 'haproxy.cfg')],
    isReady: () => accepts(port),
  })
  const relays = await Promise.all(Array.from({ length: relayCount }, () => startRelay(port)))
  return {
    relays,
    /** The settings of an edge that reaches the origin through a relay. */
    settings: (relay = relays[0]!) => ({ ORIGIN_URL: `https://127.0.0.1:${relay.port}`, ORIGIN_CA_FILE: caFile }),
    async close() {
      await Promise.all(relays.map((relay) => relay.close()))
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

const configuration = (port: number, originPort: number, serverFile: string) => `
global
  maxconn 4000
  tune.h2.max-concurrent-streams ${MAX_STREAMS}
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:${port} ssl crt ${serverFile} alpn h2,http/1.1
  default_backend origin
backend origin
  http-reuse always
  server origin 127.0.0.1:${originPort}
`
