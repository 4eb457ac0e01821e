/** The clock of a simulation advances by this much. Events of one slot run in the order in which they were planned. */
export const SLOT_MS = 10

/** The kinds of events; they fit into two bits. */
export const EVENT = { arrive: 0, poll: 1, request: 2, response: 3 } as const
export type EventKind = (typeof EVENT)[keyof typeof EVENT]

const KIND_BITS = 2
const KIND_MASK = 3

/** A calendar queue of events by time slot. An event is one integer, visitor and kind, so that planning one allocates nothing. */
export function createAgenda(untilMs: number) {
  const slots: number[][] = []
  return {
    /** Plans an event; events after `untilMs` are dropped. */
    plan(atMs: number, visitor: number, kind: EventKind): void {
      const slot = Math.floor(atMs / SLOT_MS)
      if (slot * SLOT_MS <= untilMs) (slots[slot] ??= []).push((visitor << KIND_BITS) | kind)
    },

    /** Runs the events of one slot, including those that they plan for the same slot. */
    run(slot: number, handle: (visitor: number, kind: EventKind) => void): void {
      const events = slots[slot]
      if (!events) return
      for (let i = 0; i < events.length; i++) handle(events[i]! >>> KIND_BITS, (events[i]! & KIND_MASK) as EventKind)
      slots[slot] = []
    },
  }
}

export type Agenda = ReturnType<typeof createAgenda>
