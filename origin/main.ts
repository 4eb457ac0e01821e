import { untilReady } from '../db/redis/client.ts'
import { createGracefulShutdown } from '../runtime/graceful-shutdown.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import { openDeps } from './deps.ts'
import { HEAD_SECONDS, keepOpenAfter } from './idle-connections.ts'

const config = readConfig(Bun.env)
const deps = openDeps(config)
await untilReady(deps.redis).catch((error) => deps.log('redis_lost', { error: error.message }))

const shutdown = createGracefulShutdown(config.drainMs, (event, facts) => deps.log(`origin_${event}`, facts))
const handle = shutdown.wrap(createApp(deps).fetch)
const server = Bun.serve({ ...config.listen, fetch: keepOpenAfter(handle), idleTimeout: HEAD_SECONDS })
deps.log('origin_started', { url: server.url.href, acknowledge: config.acknowledge })

/** The streams of live boards would otherwise keep the server from stopping. */
async function finish(): Promise<void> {
  await deps.liveBoards.close()
  await server.stop()
}
const stop = shutdown.onSignal({ finish, close: deps.close, exit: process.exit })
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
