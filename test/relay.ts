import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * A TCP relay on loopback whose connections can go silent: they stay open in both directions and no byte passes any more, as when a
 * firewall or a machine on the way vanishes.
 */
export async function startRelay(targetPort: number) {
  const sockets = new Set<Socket>()
  /** Connections that began before these counts went up are silent, in both directions or only towards the client. */
  let [silenced, dropped, accepted, isOpen] = [0, 0, 0, true]

  /** Forwards the bytes of one direction of a connection while it is not silent. */
  function forward(from: Socket, to: Socket, isSilent: () => boolean): void {
    sockets.add(from)
    from.on('data', (bytes) => {
      if (!isSilent()) to.write(bytes)
    })
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      if (!isSilent()) to.destroy()
    })
  }

  const server = createServer((client) => {
    accepted++
    const began = { silenced, dropped, isOpen }
    const isSilent = () => !began.isOpen || began.silenced < silenced
    const target = connect(targetPort, '127.0.0.1')
    forward(client, target, isSilent)
    forward(target, client, () => isSilent() || began.dropped < dropped)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    /** The number of connections since the start. */
    accepted: () => accepted,
    /** Makes all present connections silent. New ones work. */
    silence: () => void silenced++,
    /** Makes all present connections silent towards the client: requests arrive, responses do not. New ones work. */
    dropResponses: () => void dropped++,
    /** Makes all present connections silent, and all new ones until `open`. */
    block() {
      silenced++
      isOpen = false
    },
    /** New connections work again. */
    open: () => void (isOpen = true),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((closed) => server.close(closed))
    },
  }
}

export type Relay = Awaited<ReturnType<typeof startRelay>>
