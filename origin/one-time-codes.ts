import { createHash, randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'

/** What every authenticator app supports: SHA-1, six digits, thirty seconds (RFC 6238). */
const ALGORITHM = 'SHA1'
const DIGITS = 6
export const PERIOD_SECONDS = 30
/** Steps before and after the present one whose codes are accepted, for clocks that differ. */
const WINDOW = 1
/** As long as the hash (RFC 4226 §4, R6). */
const SECRET_BYTES = 20
const ISSUER = 'NETicket'

export const newSecret = (): Buffer => randomBytes(SECRET_BYTES)

/** The secret as text for an app (RFC 4648 base32), and as an address for a QR code. */
export function describeSecret(secret: Uint8Array, account: string): { text: string; uri: string } {
  const totp = totpOf(secret, account)
  return { text: totp.secret.base32, uri: totp.toString() }
}

/** The time step of a valid code; null for a wrong one. The caller refuses a step that was used already. */
export function stepOfCode(secret: Uint8Array, code: string, nowMs: number): number | null {
  if (!/^\d{6}$/.test(code)) return null
  const totp = totpOf(secret)
  const delta = totp.validate({ token: code, timestamp: nowMs, window: WINDOW })
  return delta === null ? null : totp.counter({ timestamp: nowMs }) + delta
}

/** The code that an app shows at a time. For tests. */
export const codeAt = (secret: Uint8Array, nowMs: number): string => totpOf(secret).generate({ timestamp: nowMs })

const totpOf = (secret: Uint8Array, label = '') =>
  new TOTP({
    issuer: ISSUER,
    label,
    algorithm: ALGORITHM,
    digits: DIGITS,
    period: PERIOD_SECONDS,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
  })

export const RECOVERY_CODES = 10
/** 80 bits, so that a hash without a salt cannot be searched. */
const RECOVERY_BYTES = 10

/** A code such as `ABCD-EFGH-IJKL-MNOP`. */
export const newRecoveryCode = (): string =>
  new Secret({ buffer: Uint8Array.from(randomBytes(RECOVERY_BYTES)).buffer }).base32.replace(/.{4}(?=.)/g, '$&-')

/** The hash of a recovery code, in whatever way it was typed; null for anything else. */
export function hashRecoveryCode(code: string): Buffer | null {
  const plain = normaliseCode(code)
  return /^[A-Z2-7]{16}$/.test(plain) ? createHash('sha256').update(plain).digest() : null
}

/** A code without the spaces and hyphens with which people type it. */
export const normaliseCode = (code: string): string => code.replace(/[\s-]/g, '').toUpperCase()
