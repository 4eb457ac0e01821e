import type { RoomState } from './room-state.ts'

/** Lower bound of the show rate in calculations: at most four visitors are called for one free visit. */
const MIN_SHOW_RATE = 0.25
/** A new room assumes as if this share of its capacity, in turns, had been claimed without a no-show. */
const PRIOR_SHARE = 0.1
/** Bounds of the weight of earlier turns. In between it is the capacity. */
const MIN_MEMORY_TURNS = 25
const MAX_MEMORY_TURNS = 150

/** Weight of earlier turns against new ones: it grows with the room, since a large room settles more turns at once. */
export const memoryTurns = (capacity: number): number => Math.min(MAX_MEMORY_TURNS, Math.max(MIN_MEMORY_TURNS, capacity))

/**
 * The smoothed share of called visitors who claim within the hold (claim-delay.ts); the others are no-shows. Each step that settles n turns,
 * of which s were claimed, moves it by a weighted mean. The weight of earlier turns starts at a tenth of the capacity and grows with the
 * settled turns up to `memoryTurns`, so that the first turns of a room count most:
 *
 *     rate'   = rate + (s / n − rate) · n / (n + weight)
 *     weight' = min(memoryTurns, weight + n)
 */
export function learnShowRate(
  { showRate, showTurns, settledTurns: turns, settledShows }: RoomState,
  capacity: number,
): { showRate: number; showTurns: number } {
  if (turns <= 0) return { showRate, showTurns }
  const memory = memoryTurns(capacity)
  const weight = Math.min(memory, Math.max(showTurns, 1, PRIOR_SHARE * capacity))
  return {
    showRate: showRate + (settledShows / turns - showRate) * turns / (turns + weight),
    showTurns: Math.min(memory, weight + turns),
  }
}

/** The show rate with its lower bound. */
export const boundedShowRate = (showRate: number): number => Math.max(showRate, MIN_SHOW_RATE)
