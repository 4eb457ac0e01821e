import { untilReady } from '../db/redis/client.ts'
import { createGracefulShutdown } from '../runtime/graceful-shutdown.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import { openDeps } from './deps.ts'

const config = readConfig(Bun.env)
const deps = openDeps(config)
await untilReady(deps.redis).catch((error) => deps.log('redis_lost', { error: error.message }))

const shutdown = createGracefulShutdown(config.drainMs, (event, facts) => deps.log(`origin_${event}`, facts))
// Idle connections must outlive those of the load balancer: if the origin closed one first, a request already on its way would be lost.
const server = Bun.serve({ ...config.listen, fetch: shutdown.wrap(createApp(deps).fetch), idleTimeout: 240 })
deps.log('origin_started', { url: server.url.href, acknowledge: config.acknowledge })

const stop = shutdown.onSignal({ finish: () => server.stop(), close: deps.close, exit: process.exit })
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
