/**
 * Texts that only the shop can read: encrypted with AES-256-GCM under a key that HKDF-SHA-256 derives from a secret of TOKEN_SECRET, a different
 * one for each purpose. A context, such as the user's id, is authenticated with the text, so that no row can be copied to another. The text is
 *
 *   v1.<key id>.<base64url of nonce (12 bytes), cipher text, tag (16 bytes)>
 *
 * The first secret encrypts and all decrypt, so that a rotation of TOKEN_SECRET loses nothing.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { TokenKeys } from '../edge/contract/tokens.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const TEXT = /^v1\.([\w-]{8})\.([\w-]+)$/

type Keys = Pick<TokenKeys, 'secrets'>

/** Encryption for one purpose, which is part of the keys. */
export function createEncryption(purpose: string) {
  const derive = (secret: Uint8Array, use: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `neticket ${purpose} ${use}`, bytes))
  const keyOf = (secret: Uint8Array) => derive(secret, 'key', 32)
  const keyIdOf = (secret: Uint8Array) => derive(secret, 'key id', 6).toString('base64url')
  const currentPrefix = ({ secrets }: Keys): string => `v1.${keyIdOf(secrets[0])}.`

  return {
    /** The beginning of every text that the first secret encrypts. */
    currentPrefix,

    encrypt(keys: Keys, context: string, content: Uint8Array): string {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', keyOf(keys.secrets[0]), nonce).setAAD(Buffer.from(context))
      const encrypted = Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
      return currentPrefix(keys) + encrypted.toString('base64url')
    },

    /** Null if no secret of TOKEN_SECRET decrypts the text, or if its context is another one. */
    decrypt({ secrets }: Keys, context: string, text: string): Buffer | null {
      const [, keyId, data] = text.match(TEXT) ?? []
      const secret = secrets.find((one) => keyIdOf(one) === keyId)
      const bytes = Buffer.from(data ?? '', 'base64url')
      if (!secret || bytes.length < NONCE_BYTES + TAG_BYTES) return null
      const [nonce, tag] = [bytes.subarray(0, NONCE_BYTES), bytes.subarray(-TAG_BYTES)]
      const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), nonce).setAAD(Buffer.from(context)).setAuthTag(tag)
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
      } catch {
        return null
      }
    },
  }
}
