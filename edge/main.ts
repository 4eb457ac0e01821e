import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import { type Log, openDeps } from './deps.ts'
import { answerOperators } from './metrics.ts'

const write = new TextEncoder()
const log: Log = (event, facts = {}) => {
  Deno.stdout.writeSync(write.encode(`${JSON.stringify({ at: new Date().toISOString(), event, ...facts })}\n`))
}

const config = readConfig(Deno.env.toObject())
const deps = openDeps(config, config.roomsFile === null ? null : Deno.readTextFileSync(config.roomsFile), log)
const app = createApp(deps)
const server = Deno.serve(
  {
    ...config.listen,
    automaticCompression: true,
    onListen: ({ hostname, port }) => log('edge_started', { url: `http://${hostname}:${port}/` }),
  },
  (request, info) => app.fetch(request, { remoteAddress: info.remoteAddr.hostname }),
)

try {
  if (config.listenToOperators) Deno.serve({ ...config.listenToOperators, onListen: () => {} }, answerOperators(deps.metrics))
} catch (error) {
  // Another edge on this machine has the port: the line goes on unseen.
  log('metrics_not_served', { ...config.listenToOperators, error: String(error) })
}

async function stop() {
  await server.shutdown()
  deps.close()
  log('edge_stopped')
  Deno.exit(0)
}
Deno.addSignalListener('SIGTERM', stop)
Deno.addSignalListener('SIGINT', stop)
