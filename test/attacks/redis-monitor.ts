import { connect } from 'node:net'

/**
 * Records the commands that clients send to one Redis database from now on, without those that scripts call. It does not use ioredis, which
 * loses the lines that arrive before it has switched to monitor mode.
 */
export function monitorRedis(redisUrl: string): Promise<{ commands: string[][]; close(): void }> {
  const { hostname, port, password, pathname } = new URL(redisUrl)
  const commands: string[][] = []
  let unread = ''
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`${password && `AUTH ${password}\r\n`}MONITOR\r\n`))
    socket.on('error', reject)
    socket.on('data', (bytes) => {
      const lines = (unread + bytes).split('\r\n')
      unread = lines.pop()!
      for (const line of lines) {
        if (line.startsWith('-')) reject(new Error(line))
        const [, database, client, args] = line.match(/^\+[\d.]+ \[(\d+) ([^\]]+)\] (.*)$/) ?? []
        if (args !== undefined && `/${database}` === pathname && client !== 'lua') commands.push(parseArgs(args))
        if (line === '+OK') resolve({ commands, close: () => socket.destroy() })
      }
    })
  })
}

const parseArgs = (line: string) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, arg]) => arg!)

/** Whether a command is an edge's tick of the event's room: the fifth key of its script is that of the turns. */
export const isTick = (command: string[], eventId: number) => command[7] === `{r:event-${eventId}}:turns`

/** Whether a command uses any key of the event's room. */
export const isOfRoom = (command: string[], eventId: number) => command.some((arg) => arg.startsWith(`{r:event-${eventId}}`))
