/** The script of the admin pages. They work without it, except where a page says so. */
import { addTicketTypeRows } from './admin/ticket-type-rows.ts'
import { startImageUpload } from './admin/image-upload.ts'
import { createServerClock } from './server-clock.ts'
import { renderCountdowns } from './shop/countdowns.ts'
import { disableWhileSending, enableForms } from './shop/forms.ts'
import { hookIntoHtmx } from './shop/htmx-hooks.ts'
import { syncClock } from './shop/time-sync.ts'

const page = document.documentElement
const clock = createServerClock(Date.now)
clock.set(Date.parse(page.dataset.serverTime ?? ''))

startImageUpload()
document.addEventListener('submit', disableWhileSending)
// The back-forward cache restores a page with its buttons disabled.
addEventListener('pageshow', enableForms)

const countDown = () => renderCountdowns(clock, page.lang === 'ko' ? 'ko' : 'en', Math.random)
countDown()
hookIntoHtmx(countDown)
setInterval(countDown, 250)
void syncClock(clock)
addTicketTypeRows()
