import type { TokenKeys } from '../edge/contract/tokens.ts'
import { createEncryption } from './encryption.ts'

type Keys = Pick<TokenKeys, 'secrets'>

/**
 * How the secrets of one-time codes are kept. A background job encrypts with the first secret of TOKEN_SECRET what another one has encrypted
 * (second-factor-upkeep.ts).
 */
const encryption = createEncryption('second factor')

export const { currentPrefix } = encryption

export const encryptSecret = (keys: Keys, userId: number, secret: Uint8Array): string =>
  encryption.encrypt(keys, `user:${userId}`, secret)

/** Null if no secret of TOKEN_SECRET decrypts the text, or if it is another user's. */
export const decryptSecret = (keys: Keys, userId: number, text: string): Buffer | null =>
  encryption.decrypt(keys, `user:${userId}`, text)
