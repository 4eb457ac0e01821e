import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { until } from './until.ts'

/** What a client sends on a connection that it then holds. Each holds a descriptor of the server in another way. */
export const HELD = {
  'connections on which nothing is sent': () => '',
  'half-sent heads': () => `GET / HTTP/1.1\r\nHost: shop\r\nX-Line: ${'x'.repeat(12_000)}`,
  'idle connections after a response': () => 'GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n',
  'bodies that never end': (i: number) =>
    `POST /login HTTP/1.1\r\nHost: shop\r\nX-Forwarded-For: 198.51.100.${
      i % 5
    }\r\nContent-Type: application/json\r\nContent-Length: ${i % 2 ? 900 : 9_000}\r\n\r\n{`,
  'unread responses': () => 'GET /healthz HTTP/1.1\r\nHost: shop\r\n\r\n'.repeat(2_000),
} satisfies Record<string, (i: number) => string>

/**
 * Opens `count` connections, sends on each what `text` returns, reads nothing, and keeps those that the server accepts. A refused connection
 * is no error: that is how a server with no descriptors left behaves.
 */
export async function holdConnections(url: string, count: number, text: (i: number) => string) {
  const { hostname, port } = new URL(url)
  const counts = { settled: 0, refused: 0 }
  const sockets = Array.from({ length: count }, (_, i): Socket => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    socket.pause()
    socket.on('connect', () => {
      counts.settled++
      socket.write(text(i))
    })
    socket.on('error', () => {
      if (!socket.bytesWritten) counts.refused++
    })
    return socket
  })
  await until(() => counts.settled + counts.refused >= count)
  return {
    refused: counts.refused,
    release: () => sockets.forEach((socket) => socket.destroy()),
  }
}

/** The memory of a process. */
export const residentBytes = (pid: number): number =>
  1024 * Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+)/m)![1])

/** The number of file descriptors that a process has open. */
export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
