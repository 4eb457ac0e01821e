/** Serves every page in every state from samples: `npm run preview`. Reads PREVIEW_PORT (default 8090). */
import process from 'node:process'
import { createPreviewApp } from './preview-app.ts'

const server = Bun.serve({
  port: Number(process.env.PREVIEW_PORT ?? 8090),
  hostname: '127.0.0.1',
  fetch: createPreviewApp().fetch,
})
process.stdout.write(`Previews: http://localhost:${server.port}/\n`)
