#!/usr/bin/env bun
/**
 * Starts Firefox (`FIREFOX`, with the arguments of this program) and relays WebDriver BiDi between it and Playwright. Playwright needs a
 * command that Debian's Firefox (ESR 153) does not know, so the relay answers it. Delete this file when Debian's Firefox knows the
 * command (decision 0031).
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Sets the preferred colour scheme of a page. */
const MISSING_COMMAND = 'emulation.setMediaFeaturesOverride'
/** Firefox prints it when it is ready, and Playwright connects to the address. */
const READY = 'WebDriver BiDi listening on '

const args = process.argv.slice(2)
const profile = args[args.indexOf('--profile') + 1]
const firefox = spawn(process.env.FIREFOX!, args, {
  stdio: ['ignore', 'inherit', 'pipe'],
  // Firefox does not start as root with a home of another user, as in a CI container. Playwright deletes the profile.
  env: Object.assign({}, process.env, { HOME: profile }),
})
firefox.on('exit', (code) => process.exit(code ?? 1))

for await (const line of createInterface(firefox.stderr)) {
  process.stderr.write(`${line.startsWith(READY) ? READY + relay(line.slice(READY.length)) : line}\n`)
}

/** Accepts WebSocket connections for the Firefox at `address`. Returns its own address. */
function relay(address: string): string {
  const server = Bun.serve<{ upstream: WebSocket }, never>({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request, server) {
      const upstream = new WebSocket(new URL(new URL(request.url).pathname, address))
      await once(upstream, 'open')
      server.upgrade(request, { data: { upstream } })
    },
    websocket: {
      idleTimeout: 0,
      open(playwright) {
        const { upstream } = playwright.data
        upstream.onmessage = ({ data }) => playwright.send(data)
        upstream.onclose = () => playwright.close()
      },
      message(playwright, text: string) {
        const { id, method } = JSON.parse(text) as { id: number; method: string }
        if (method === MISSING_COMMAND) playwright.send(JSON.stringify({ type: 'success', id, result: {} }))
        else playwright.data.upstream.send(text)
      },
      // Playwright has closed the browser, or has died.
      close() {
        firefox.kill()
      },
    },
  })
  return `ws://127.0.0.1:${server.port}`
}
