import { estimateWaitMs } from '../../../edge/contract/wait-estimate.ts'
import type { Snapshot } from '../../../edge/contract/rooms.ts'
import { isCalling } from '../../waiting-page/view.ts'
import { isSnapshot } from './room-api.ts'
import type { Session } from './session.ts'

/** A visitor whose wait is shorter than this receives every step of the room as a server-sent event. */
const NEAR_MS = 20_000
const RETRY_MS = 30_000

export type LiveSteps = {
  /** Whether events arrive. An edge may have no stream to spare: it responds 204 instead. */
  isOpen(): boolean
  /** Opens the stream when the visitor's turn is near. After a failure, polling continues and the stream is retried later. */
  openWhenNear(): void
  close(): void
}

export function createLiveSteps(session: Session, now: () => number, onSnapshot: (snapshot: Snapshot) => void): LiveSteps {
  let stream: EventSource | null = null
  let retryAt = 0
  const close = () => {
    stream?.close()
    stream = null
  }
  const isNear = () =>
    session.position !== null && isCalling(session.snapshot) &&
    estimateWaitMs(session.snapshot, session.position.position) <= NEAR_MS
  return {
    isOpen: () => stream?.readyState === 1,
    openWhenNear() {
      if (stream || session.isOver || now() < retryAt || !isNear()) return
      retryAt = now() + RETRY_MS
      stream = new EventSource(`${session.urls.room}/events`)
      stream.onmessage = ({ data }) => {
        const snapshot: unknown = JSON.parse(data)
        if (isSnapshot(snapshot)) onSnapshot(snapshot)
      }
      stream.onerror = close
    },
    close,
  }
}
