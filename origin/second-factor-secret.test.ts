import { expect, test } from 'vitest'
import { readTokenKeys } from '../edge/contract/tokens.ts'
import { currentPrefix, decryptSecret, encryptSecret } from './second-factor-secret.ts'

const [FIRST, SECOND] = ['the first secret with enough bytes..', 'the second secret with enough bytes.']
const keys = readTokenKeys(`${FIRST},${SECOND}`)
const SECRET = Buffer.from('12345678901234567890')

test('a secret is encrypted anew each time, and decrypted for its user alone', () => {
  const texts = [encryptSecret(keys, 7, SECRET), encryptSecret(keys, 7, SECRET)]
  expect(texts[0]).not.toBe(texts[1])
  for (const text of texts) {
    expect(text.startsWith(currentPrefix(keys))).toBe(true)
    expect(text.length).toBeLessThanOrEqual(255)
    expect(Buffer.from(text).includes(SECRET)).toBe(false)
    expect(decryptSecret(keys, 7, text)).toEqual(SECRET)
    expect(decryptSecret(keys, 8, text)).toBeNull()
  }
})

test('after a rotation the other secrets still decrypt, and the first one encrypts', () => {
  const text = encryptSecret(readTokenKeys(SECOND), 7, SECRET)
  expect(decryptSecret(keys, 7, text)).toEqual(SECRET)
  expect(text.startsWith(currentPrefix(keys))).toBe(false)
  expect(decryptSecret(readTokenKeys(FIRST), 7, text)).toBeNull()
})

test('a changed, cut or foreign text is refused', () => {
  const text = encryptSecret(keys, 7, SECRET)
  const data = text.split('.')[2]!
  for (let i = 0; i < data.length - 1; i += 7) {
    const changed = data.slice(0, i) + (data[i] === 'A' ? 'B' : 'A') + data.slice(i + 1)
    expect(decryptSecret(keys, 7, currentPrefix(keys) + changed)).toBeNull()
  }
  for (const other of ['', 'v1', currentPrefix(keys), text.slice(0, 30), `v2${text.slice(2)}`, `${text}!`]) {
    expect(decryptSecret(keys, 7, other)).toBeNull()
  }
})
