/** The server's time. A device's own clock may be wrong by minutes, so only its progress is used. */
export type ServerClock = {
  /** Epoch milliseconds. */
  now(): number
  /** Sets the server's time as it is at this moment; ignores a value that is not a number. */
  set(serverMs: number): void
}

export function createServerClock(deviceNow: () => number): ServerClock {
  let offsetMs = 0
  return {
    now: () => deviceNow() + offsetMs,
    set: (serverMs) => {
      if (!Number.isNaN(serverMs)) offsetMs = serverMs - deviceNow()
    },
  }
}
