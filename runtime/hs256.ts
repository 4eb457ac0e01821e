import { createHmacSha256 } from './hmac-sha256.ts'

/** Longer tokens are neither signed nor verified. */
const MAX_TOKEN_LENGTH = 2048
const BASE64URL = { alphabet: 'base64url', omitPadding: true } as const

export type Secrets = readonly [Uint8Array, ...Uint8Array[]]

export type VerifyResult = { kind: 'verified'; payload: unknown } | { kind: 'missing' } | { kind: 'invalid' }

/**
 * Signs and verifies JSON Web Tokens (RFC 7519) as compact JWS with HS256. The first secret signs; all secrets verify. A token's header must
 * be exactly `{"alg":"HS256","typ":<type>}`, so that a client can neither choose the algorithm nor pass one type of token for another.
 *
 * Every join, claim and booking signs or verifies a token; this is several times faster than a general library (docs/decisions/0014), and
 * `jose` reads and writes the same tokens. The caller checks claims and times.
 */
export function createHs256(secrets: Secrets) {
  const macs = secrets.map((secret) => createHmacSha256(secret, MAX_TOKEN_LENGTH))
  const headers = new Map<string, string>()
  const codec = createBase64urlCodec(3 * MAX_TOKEN_LENGTH)

  function headerOf(type: string): string {
    const header = headers.get(type) ?? codec.encode(JSON.stringify({ alg: 'HS256', typ: type }))
    headers.set(type, header)
    return header
  }

  return {
    /** Throws RangeError if the token would exceed 2,048 characters. */
    sign(type: string, claims: object): string {
      const signed = `${headerOf(type)}.${codec.encode(JSON.stringify(claims))}`
      const token = `${signed}.${macs[0]!(signed)}`
      if (token.length > MAX_TOKEN_LENGTH) throw new RangeError(`a token has at most ${MAX_TOKEN_LENGTH} characters`)
      return token
    },

    verify(type: string, token: string | undefined): VerifyResult {
      if (!token) return { kind: 'missing' }
      const header = headerOf(type)
      const end = token.lastIndexOf('.')
      if (token.length > MAX_TOKEN_LENGTH || end <= header.length || !token.startsWith(`${header}.`)) return { kind: 'invalid' }
      const [signed, mac] = [token.slice(0, end), token.slice(end + 1)]
      if (!macs.some((macOf) => isEqual(mac, macOf(signed)))) return { kind: 'invalid' }
      return { kind: 'verified', payload: parseJson(codec.decode(signed.slice(header.length + 1))) }
    },
  }
}

export type Hs256 = ReturnType<typeof createHs256>

/** Encodes UTF-8 texts as base64url with one reused buffer of `bytes` bytes. */
function createBase64urlCodec(bytes: number) {
  const buffer = new Uint8Array(bytes)
  const encoder = new TextEncoder()
  const decoder = new TextDecoder()
  return {
    encode(text: string): string {
      if (text.length * 3 > bytes) throw new RangeError('the claims of a token are too long')
      const { written } = encoder.encodeInto(text, buffer)
      return buffer.subarray(0, written).toBase64(BASE64URL)
    },
    decode(text: string): string | null {
      try {
        return decoder.decode(buffer.subarray(0, buffer.setFromBase64(text, { alphabet: 'base64url' }).written))
      } catch {
        return null
      }
    },
  }
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Constant-time comparison: the time depends only on the lengths. */
function isEqual(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
