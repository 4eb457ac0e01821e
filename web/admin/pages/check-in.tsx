import type { CheckInEvent } from '../../../edge/contract/check-in.ts'
import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { assetUrl } from '../../assets.ts'
import { dateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { type CheckInState, initialState } from '../check-in-state.ts'
import { checkInWords } from '../check-in-texts.ts'
import { CheckInView } from '../components/check-in-view.tsx'
import { adminWords } from '../texts.ts'

type CheckInPageProps = {
  language: Language
  viewer: Viewer
  event: CheckInEvent
  /** A state to show, for the preview; by default the one before the script has started. */
  state?: CheckInState
}

/** The page at the door of an event. Its script renders the view anew whenever something changes. */
export function CheckInPage({ language, viewer, event, state = initialState(event.id) }: CheckInPageProps) {
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.checkIn(event.id)}
      title={event.title}
      lead={`${dateTime(event.startsAt, language, event.zone)} · ${event.venue}`}
      parent={{ href: paths.checkIn(), title: adminWords(language)('checkIn') }}
      head={<script src={assetUrl('check-in.js')} type='module'></script>}
    >
      <noscript>
        <p class='notice warn'>{checkInWords(language)('needsScript')}</p>
      </noscript>
      <div id='check-in' data-event={event.id}>
        <CheckInView language={language} state={state} />
      </div>
    </AdminDocument>
  )
}
