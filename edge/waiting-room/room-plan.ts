/** Order of admission: `draw` orders those present before the opening at random, `fifo` by arrival; `passthrough` admits all visitors at once. */
export type Mode = 'fifo' | 'draw' | 'passthrough' | 'closed'

/** Admission settings. The settings that an operator has stored for the room override `mode`, `perMinute` and `capacity`. */
export type Admission = {
  mode: Mode
  /** Visitors admitted per minute, at most. */
  perMinute: number
  /** Active visits, at most. */
  capacity: number
  /** How long a turn may be claimed before its second chance (SECOND_CHANCE_TURNS), and how long a deferred claim is kept. */
  turnMs: number
  /** Maximum length of a visit. */
  passMs: number
  /** A visit ends when its pass is not used for this long. */
  idleMs: number
  /** Visitors may join this long before the opening. */
  lobbyMs: number
  /** Interval between two steps of the serving number. */
  stepMs: number
}

/**
 * When the sale behind a room opens and closes (null: no limit), and its unsold seats (null: unknown). `isStopped`: operators have stopped
 * the sale, so the room calls no one.
 */
export type Opening = { opensAtMs: number | null; closesAtMs: number | null; seatsLeft: number | null; isStopped?: boolean }

/** What a visitor must be known by to join: `account` requires a login, `verified` also an e-mail address that the account has verified. */
export const IDENTITIES = ['anyone', 'account', 'verified'] as const
export type Identity = (typeof IDENTITIES)[number]

/** When joining requires a proof of work. `adaptive`: above a number of recent joins from one address, in rooms that anyone may join. */
export const PROOF_OF_WORK_RULES = ['always', 'adaptive', 'never'] as const
export type ProofOfWorkRule = (typeof PROOF_OF_WORK_RULES)[number]

/** Who may join a room. */
export type JoinRules = {
  /** In a room for accounts, each account gets one queue ticket. */
  identity: Identity
  proofOfWork: ProofOfWorkRule
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
