import type { EventDetail } from '../../edge/contract/events.ts'
import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import { ReminderPanel, type ReminderView } from '../components/reminder-panel.tsx'
import { Document } from '../components/document.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { dateTime } from '../format.ts'
import { words } from '../text.ts'

/** A person's reminder of an opening, for browsers without scripts and after a login. */
export function ReminderPage({ language, event, state }: { language: Language; event: EventDetail; state: ReminderView }) {
  const word = words(language)
  return (
    <Document
      language={language}
      title={event.title}
      path={paths.reminder(event.id)}
      serverTime={event.serverTime}
    >
      <div class='narrow'>
        <h1>{event.title}</h1>
        <Facts>
          <Fact name={word('opensAt')}>{dateTime(event.opensAt, language)}</Fact>
        </Facts>
        <ReminderPanel language={language} event={event} state={state} />
        <p>
          <a class='button' href={paths.event(event.id)}>{word('seeEvent')}</a>
        </p>
      </div>
    </Document>
  )
}
