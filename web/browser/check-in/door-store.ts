/** What the device keeps of a check-in, so that it survives a reload without a network. */
import { createStore, get, set } from 'idb-keyval'
import type { CheckInList, Mark, SeatName } from '../../../edge/contract/check-in.ts'
import type { Scan } from '../../admin/check-in-state.ts'

/** A scan that was admitted offline and is to be sent. */
export type PendingMark = { mark: Mark; seat: SeatName }

export type DoorStore = ReturnType<typeof openDoorStore>

const DEVICE = 'check-in-device'

export function openDoorStore(eventId: number) {
  const store = createStore('check-in', 'events')
  const slot = <Value>(name: string) => ({
    read: (): Promise<Value | undefined> => get<Value>(`${name}-${eventId}`, store),
    write: (value: Value): Promise<void> => set(`${name}-${eventId}`, value, store),
  })
  return {
    list: slot<CheckInList>('list'),
    pending: slot<readonly PendingMark[]>('pending'),
    conflicts: slot<readonly Scan[]>('conflicts'),
    device: {
      read: (): string | null => localStorage.getItem(DEVICE),
      write: (name: string): void => localStorage.setItem(DEVICE, name),
    },
  }
}
