import { untilReady } from '../db/redis/client.ts'
import { createApp } from './app.tsx'
import { readConfig } from './config.ts'
import { openDeps } from './deps.ts'

const config = readConfig(Bun.env)
const deps = openDeps(config)
await untilReady(deps.redis).catch((error) => deps.log('redis_lost', { error: error.message }))

const server = Bun.serve({ ...config.listen, fetch: createApp(deps).fetch, idleTimeout: 30 })
deps.log('origin_started', { url: server.url.href, acknowledge: config.acknowledge })

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  await server.stop()
  await deps.close()
  deps.log('origin_stopped')
  process.exit(0)
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
