/** Argon2id with the minimum parameters of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const

/** Hashes a password on Bun's thread pool; takes tens of milliseconds of one core. */
export const hashPassword = (password: string): Promise<string> => Bun.password.hash(normalize(password), ARGON2ID)

/** Whether a password matches a hash; takes as long as hashing. */
export const verifyPassword = (password: string, hash: string): Promise<boolean> => Bun.password.verify(normalize(password), hash)

/** Keyboards send the same text composed (NFC) or decomposed (NFD), as Hangul from macOS. */
const normalize = (password: string) => password.normalize('NFC')
