/** Argon2id costs tens of milliseconds of a core, so only a few run at once and only so many wait. */
const AT_ONCE = 2
const WAITING = 60

let running = 0
const waiting: (() => void)[] = []

export type Busy = { kind: 'busy' }

/** The argon2id hash of a password (Bun's native one, off the main thread), or `busy` when too many wait already. */
export const hashPassword = (password: string): Promise<string | Busy> =>
  takeTurn(() => Bun.password.hash(password, { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 }))

/** Whether a password belongs to a hash; checks a stand-in when there is no hash, so that both answers take as long. */
export const checkPassword = (password: string, hash: string | undefined): Promise<boolean | Busy> =>
  takeTurn(async () => (await Bun.password.verify(password, hash ?? (await standIn()))) && hash !== undefined)

async function takeTurn<Result>(work: () => Promise<Result>): Promise<Result | Busy> {
  if (running >= AT_ONCE) {
    if (waiting.length >= WAITING) return { kind: 'busy' }
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else {
    running++
  }
  try {
    return await work()
  } finally {
    // The turn is handed on, or given back.
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

let standInHash: Promise<string> | undefined
const standIn = () =>
  standInHash ??= Bun.password.hash(crypto.randomUUID(), { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 })
