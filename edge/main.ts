import { createGracefulShutdown } from '../runtime/graceful-shutdown.ts'
import { formatLogLine } from '../runtime/log.ts'
import { answerHead } from './answer-head.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import { type Log, openDeps } from './deps.ts'
import { exhaustionOf, NOTHING_TO_FINISH } from './exhaustion.ts'
import { createListener } from './listener.ts'
import { serveMetrics } from './metrics.ts'
import { createDenoClients } from './upstream/http-client.ts'

const encoder = new TextEncoder()
const log: Log = (event, facts = {}) => {
  Deno.stdout.writeSync(encoder.encode(formatLogLine(new Date(), event, facts)))
}

const config = readConfig(Deno.env.toObject())
const readFile = (path: string | null) => path === null ? null : Deno.readTextFileSync(path)
const ca = readFile(config.originCaFile)
const openClient = createDenoClients(Deno.createHttpClient, {
  maxIdle: config.originInFlight,
  caCerts: ca === null ? [] : [ca],
})
const deps = openDeps(config, readFile(config.roomsFile), log, openClient)
const app = createApp(deps)
const shutdown = createGracefulShutdown(config.drainMs, (event, facts) => log(`edge_${event}`, facts))
const listener = createListener(exhaustionOf(deps))
const respond = answerHead((request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) =>
  app.fetch(request, { remoteAddress: info.remoteAddr.hostname })
)
const handler = shutdown.wrap(listener.wrap(respond))
const { hostname } = config.listen
let { port } = config.listen
listener.start((signal) => {
  const server = Deno.serve({ hostname, port, signal, automaticCompression: true, onListen: () => {} }, handler)
  // With EDGE_PORT=0 the system chooses a port, which is kept.
  port = server.addr.port
  return server
})
log('edge_started', { url: `http://${hostname}:${port}/` })

const { listenForMetrics } = config
const metrics = createListener(NOTHING_TO_FINISH)
try {
  if (listenForMetrics) {
    metrics.start((signal) => Deno.serve({ ...listenForMetrics, signal, onListen: () => {} }, serveMetrics(deps.metrics)))
  }
} catch (error) {
  // Another edge on this machine may have the port. The edge works without metrics.
  log('metrics_not_served', { ...listenForMetrics, error: String(error) })
}

const stop = shutdown.onSignal({
  finish() {
    deps.rooms.endStreams()
    deps.upstream.endStreams()
    return listener.shutdown()
  },
  close: deps.close,
  exit: Deno.exit,
})
Deno.addSignalListener('SIGTERM', stop)
Deno.addSignalListener('SIGINT', stop)
