import type { Admission, Opening } from './admission.ts'

/** Who may join a room. */
export type JoinRules = {
  /** Visitors must log in; an account gets one queue ticket. */
  requiresLogin: boolean
  /** Visitors must solve a proof of work. */
  proofOfWork: boolean
  /** Waiting visitors, at most. */
  maxWaiting: number
}

/** Everything that defines a room: its sale, its admission, its join rules and its paths. */
export type RoomPlan = {
  opening: Opening
  admission: Admission
  rules: JoinRules
  /** While no visitor waits, page requests are admitted without the waiting page. */
  admitsWhenIdle: boolean
  /** Paths of the site: the first is for admitted visitors, the second for visitors who leave the queue. */
  targetPath: string
  exitPath: string
}
