import { createGracefulShutdown } from '../runtime/graceful-shutdown.ts'
import { formatLogLine } from '../runtime/log.ts'
import { answerHead } from './answer-head.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import { type Log, openDeps } from './deps.ts'
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
const server = Deno.serve(
  {
    ...config.listen,
    automaticCompression: true,
    onListen: ({ hostname, port }) => log('edge_started', { url: `http://${hostname}:${port}/` }),
  },
  shutdown.wrap(
    answerHead((request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) =>
      app.fetch(request, { remoteAddress: info.remoteAddr.hostname })
    ),
  ),
)

try {
  if (config.listenForMetrics) Deno.serve({ ...config.listenForMetrics, onListen: () => {} }, serveMetrics(deps.metrics))
} catch (error) {
  // Another edge on this machine may have the port. The edge works without metrics.
  log('metrics_not_served', { ...config.listenForMetrics, error: String(error) })
}

const stop = shutdown.onSignal({
  finish() {
    deps.rooms.endStreams()
    return server.shutdown()
  },
  close: deps.close,
  exit: Deno.exit,
})
Deno.addSignalListener('SIGTERM', stop)
Deno.addSignalListener('SIGINT', stop)
