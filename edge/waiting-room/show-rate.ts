import type { RoomState } from './room-state.ts'

/** Weight of earlier turns against the newly settled ones, in turns. */
const MEMORY_TURNS = 100
/** Lower bound of the show rate in calculations: at most four visitors are called for one free visit. */
const MIN_SHOW_RATE = 0.25

/**
 * The smoothed share of called visitors who claim within HOLD_MS; the others are no-shows. Each step that settles n turns, of which s were
 * claimed, moves it by a weighted mean:
 *
 *     rate' = rate + (s / n − rate) · n / (n + MEMORY_TURNS)
 */
export function learnShowRate({ showRate, settled, settleTo, settledShows }: RoomState): number {
  const turns = settleTo - settled
  return turns > 0 ? showRate + (settledShows / turns - showRate) * turns / (turns + MEMORY_TURNS) : showRate
}

/** The show rate with its lower bound. */
export const boundedShowRate = (showRate: number): number => Math.max(showRate, MIN_SHOW_RATE)
