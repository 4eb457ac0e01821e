/** Digests as lower-case hexadecimal digits, by WebCrypto, so that browsers, Deno and Bun share the code. */

const encode = (text: string) => new TextEncoder().encode(text)

const toHex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** SHA-256 of a text in UTF-8. */
export const sha256Hex = async (text: string): Promise<string> => toHex(await crypto.subtle.digest('SHA-256', encode(text)))

/** HMAC-SHA-256 of a text in UTF-8. For rare uses; tokens are signed by hmac-sha256.ts. */
export async function hmacSha256Hex(secret: Uint8Array, text: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return toHex(await crypto.subtle.sign('HMAC', key, encode(text)))
}
