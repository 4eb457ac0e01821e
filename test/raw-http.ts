import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

/**
 * Sends bytes as they are and returns what the server sends until it closes the connection. A reset that follows a response is ignored: a
 * server may refuse a request that is still being written. `ca`: the certificate of the authority that a server with TLS is checked with.
 */
export const sendRaw = (at: string, request: string | Uint8Array, ca?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(at)
    let response = ''
    const onConnect = () => void socket.write(request)
    const socket = ca === undefined
      ? connect(Number(port), host, onConnect)
      : connectTls({ host, port: Number(port), ca }, onConnect)
    socket.on('data', (bytes) => (response += bytes))
    socket.on('error', (error) => response ? resolve(response) : reject(error))
    socket.on('close', () => resolve(response))
  })

/** Sends a head, then one chunk every `everyMs` until the server responds. A null chunk closes the connection; an empty one only waits. */
export function trickle(at: string, head: string, chunk: (i: number) => string | null, everyMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(at)
    let response = ''
    let sent = 0
    const socket = connect(Number(port), hostname, () => socket.write(head))
    const timer = setInterval(() => {
      const next = chunk(sent++)
      if (next === null || response) socket.destroy()
      else if (next) socket.write(next)
    }, everyMs)
    socket.on('data', (bytes) => (response += bytes))
    socket.on('error', reject)
    socket.on('close', () => {
      clearInterval(timer)
      resolve(response)
    })
  })
}

/** The status of a raw response; 0 when there is no status line. */
export const statusOf = (response: string): number => Number(response.match(/^HTTP\/1\.1 (\d{3})/)?.[1] ?? 0)
