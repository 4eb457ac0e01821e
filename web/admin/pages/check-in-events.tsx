import type { CheckInEvent } from '../../../edge/contract/check-in.ts'
import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { EmptyNotice } from '../../components/notices.tsx'
import { dateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { checkInWords } from '../check-in-texts.ts'
import { adminWords } from '../texts.ts'

type CheckInEventsPageProps = { language: Language; viewer: Viewer; events: readonly CheckInEvent[] }

/** The events whose doors are open or will be, to choose one. */
export function CheckInEventsPage({ language, viewer, events }: CheckInEventsPageProps) {
  const word = checkInWords(language)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.checkIn()}
      title={adminWords(language)('checkIn')}
      lead={word('lead')}
    >
      {events.length === 0 && (
        <EmptyNotice title={word('noEvents')} hint={word('noEventsHint')}>
          <a class='button secondary' href={paths.admin.events}>{word('toEvents')}</a>
        </EmptyNotice>
      )}
      <ul class='door-events'>
        {events.map(({ id, title, venue, startsAt, zone }) => (
          <li key={id}>
            <a class='panel' href={paths.checkIn(id)}>
              <strong>{title}</strong>
              <span>{dateTime(startsAt, language, zone)}</span>
              <span class='muted'>{venue}</span>
            </a>
          </li>
        ))}
      </ul>
    </AdminDocument>
  )
}
