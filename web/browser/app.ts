/**
 * The script of the shop's pages. Pages work without it; it adds live countdowns, the nickname and the total of a booking. Pages are the same
 * for everyone and may be a second old, and device clocks may be wrong, so the time comes from the server and the nickname from a cookie.
 */
import { find, setText } from './dom.ts'
import { onBookingSwap, startBooking } from './shop/booking.ts'
import { renderTotal, renewPass, stepQuantity } from './shop/booking-form.ts'
import { startExtension } from './shop/extension.ts'
import { refreshSeats } from './shop/countdowns.ts'
import { showAllowance } from './shop/allowance.ts'
import { disableWhileSending, enableForms } from './shop/forms.ts'
import { greet } from './shop/greeting.ts'
import { hookIntoHtmx } from './shop/htmx-hooks.ts'
import { showPasswordLength } from './shop/password-length.ts'
import { startLiveSearch } from './shop/live-search.ts'
import { returnHere } from './shop/return-links.ts'
import { share, showShareButtons } from './shop/share.ts'
import { startPageTime } from './shop/page-time.ts'
import { offerPrinting, printPage } from './shop/print.ts'
import { startVisitBar } from './shop/visit-bar.ts'

const RENEW_PASS_MS = 45_000

const { clock, sync, countDown } = startPageTime()
let announcedStatus = saleStatus()

/** Brings the page, or the part that htmx has just replaced, up to date. */
function refreshPage(): void {
  greet()
  countDown()
  renderTotal()
  offerPrinting()
  find('[data-focus]')?.focus()
  const status = saleStatus()
  const announcement = find('[data-announcement]')
  if (announcement && status !== announcedStatus) setText(announcement, announcedStatus = status)
}

/** The sale's status as the seats panel shows it, for example "sold out". */
function saleStatus(): string {
  return find('#seats [data-status]')?.textContent ?? ''
}

document.addEventListener('click', stepQuantity)
document.addEventListener('click', returnHere)
document.addEventListener('click', (event) => void share(event))
document.addEventListener('click', printPage)
document.addEventListener('input', renderTotal)
document.addEventListener('input', showPasswordLength)
document.addEventListener('submit', disableWhileSending)
// The back-forward cache restores a page with its buttons disabled.
addEventListener('pageshow', enableForms)
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return
  sync()
  void renewPass()
  refreshSeats()
})
hookIntoHtmx(() => {
  refreshPage()
  onBookingSwap()
})
setInterval(() => void renewPass(), RENEW_PASS_MS)

startLiveSearch()
showShareButtons()
startBooking()
startExtension()
startVisitBar(clock)
refreshPage()
void showAllowance(greet().isSignedIn)
