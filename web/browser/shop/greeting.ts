import { cookieName, NICKNAME_COOKIE } from '../../../edge/contract/cookies.ts'
import { findAll } from '../dom.ts'

/** Shows the links of a signed-in person and their nickname, or those of a guest. Shared pages are cached, so the server cannot render them. */
export function greet(): { isSignedIn: boolean } {
  const nickname = readNickname(document.cookie)
  document.documentElement.classList.toggle('member', nickname !== null)
  for (const element of findAll('[data-guest]')) element.hidden = nickname !== null
  for (const element of findAll('[data-member]')) element.hidden = nickname === null
  for (const element of findAll('[data-nickname]')) element.textContent = nickname
  return { isSignedIn: nickname !== null }
}

/** The nickname in a cookie string; null for a guest. A value that is not a valid URI encoding is returned as it is. */
export function readNickname(cookies: string): string | null {
  const prefix = `${cookieName(NICKNAME_COOKIE, location.protocol === 'https:' ? 'https' : 'http')}=`
  const value = cookies.split('; ').find((pair) => pair.startsWith(prefix))?.slice(prefix.length)
  if (!value) return null
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
