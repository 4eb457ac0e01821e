import type { AdminEventStatus } from '../../../edge/contract/admin-events.ts'
import type { Language } from '../../../edge/contract/language.ts'
import { STATUS_NAMES } from '../event-texts.ts'

const STYLES: Record<AdminEventStatus, string> = {
  draft: 'draft',
  upcoming: 'upcoming',
  on_sale: 'on-sale',
  stopped: 'few',
  sold_out: 'over',
  closed: 'over',
  cancelled: 'bad',
}

export function AdminStatusChip({ language, status }: { language: Language; status: AdminEventStatus }) {
  return <span class={`chip ${STYLES[status]}`}>{STATUS_NAMES[status][language]}</span>
}
