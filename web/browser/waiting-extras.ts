/**
 * What the waiting page loads after it has appeared: it is no part of the page's one request, and the page works without it. It sees the page
 * as a visitor does, by its elements, and asks the room for its snapshot and its time alone.
 */
import { extrasWords } from '../waiting-page/extras-texts.ts'
import { showDraws } from './waiting-extras/draw-ceremony.ts'
import { STATE_ELEMENT_ID, type WaitingPageState } from '../waiting-page/state.ts'
import { byId } from './dom.ts'
import { keepExactTime } from './waiting-extras/exact-time.ts'
import { askBeforeLeaving } from './waiting-extras/leaving.ts'
import { showPoster } from './waiting-extras/poster.ts'
import { extrasStyle } from './waiting-extras/style.ts'
import { callVisitor } from './waiting-extras/turn-alert.ts'
import { createTone } from './waiting-extras/tone.ts'

const word = extrasWords(document.documentElement.lang === 'ko' ? 'ko' : 'en')
// The page's policy allows no other style sheet; browsers that cannot make one (Safari before 16.4) show the parts plainly.
if (document.adoptedStyleSheets) {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(extrasStyle)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}

const { urls }: WaitingPageState = JSON.parse(byId(STATE_ELEMENT_ID).textContent)
keepExactTime(`${urls.room}/time`)
callVisitor(word, createTone())
askBeforeLeaving(word)
showDraws(word)
void showPoster()
