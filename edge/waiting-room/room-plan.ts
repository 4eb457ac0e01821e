import type { Admission, Opening } from './admission.ts'

/** Who may join a room. */
export type JoinRules = {
  /** One place per account: whoever is not logged in is asked to. */
  requiresLogin: boolean
  /** Joining costs the visitor's machine some work. */
  proofOfWork: boolean
  /** People who may wait at once. */
  maxWaiting: number
}

/** What a room stands in front of, and how it lets people in. */
export type RoomPlan = {
  opening: Opening
  admission: Admission
  rules: JoinRules
  /** Whoever asks for a page while nobody waits is let in without seeing the line. */
  admitsWhenIdle: boolean
  /** Where a turn leads to, and where one goes on leaving the line; paths of the site. */
  targetPath: string
  exitPath: string
}
