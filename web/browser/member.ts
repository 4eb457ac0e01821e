/**
 * Marks the page of a signed-in person before its first paint. Shared pages are the same for everyone; what they show to guests would
 * otherwise disappear under the reader's eyes and move what is below it.
 */
import { readNickname } from './shop/greeting.ts'

document.documentElement.classList.toggle('member', readNickname(document.cookie) !== null)
