/** The script of the admin pages. They work without it, except where a page says so. */
import { addTicketTypeRows } from './admin/ticket-type-rows.ts'
import { startImageUpload } from './admin/image-upload.ts'
import { disableWhileSending, enableForms } from './shop/forms.ts'
import { hookIntoHtmx } from './shop/htmx-hooks.ts'
import { startPageTime } from './shop/page-time.ts'

startImageUpload()
document.addEventListener('submit', disableWhileSending)
// The back-forward cache restores a page with its buttons disabled.
addEventListener('pageshow', enableForms)

hookIntoHtmx(startPageTime().countDown)
addTicketTypeRows()
