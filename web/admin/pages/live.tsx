import type { Language } from '../../../edge/contract/language.ts'
import type { LiveFrame, TimelinePoint } from '../../../edge/contract/live.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { may } from '../../../edge/contract/roles.ts'
import { assetUrl } from '../../assets.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { LiveDetail } from '../components/live-detail.tsx'
import { LiveNow } from '../components/live-now.tsx'
import { type LiveTextName, liveWords } from '../live-texts.ts'

/** What the page's script needs, as JSON in an attribute: the policy allows no script in the page. */
export type LiveSettings = {
  eventId: number
  names: Record<string, string>
  frame: LiveFrame | null
  /** The last points, newest first. */
  points: TimelinePoint[]
}

type LivePageProps = { language: Language; viewer: Viewer; title: string } & LiveSettings

const CHARTS: readonly [string, LiveTextName][] = [
  ['bookings', 'bookingsChart'],
  ['seats', 'seatsChart'],
  ['queue', 'queueChart'],
  ['latency', 'latencyChart'],
]

/** The live board of a sale. Without a script it shows the last figures and reloads itself. */
export function LivePage({ language, viewer, title, eventId, names, frame, points }: LivePageProps) {
  const word = liveWords(language)
  const settings: LiveSettings = { eventId, names, frame, points }
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.live(eventId)}
      title={`${title} · ${word('live')}`}
      parent={{ href: paths.admin.event(eventId), title }}
      tabs={{ eventId: eventId, current: 'live' }}
      actions={may(viewer.role, 'sales.control') && (
        <a class='button danger' href={`${paths.admin.event(eventId)}#acts`}>{word('stopSale')}</a>
      )}
      head={
        <>
          <noscript>
            <meta http-equiv='refresh' content='5' />
          </noscript>
          <link rel='stylesheet' href={assetUrl('uplot.css')} />
          <script src={assetUrl('admin-live.js')} type='module'></script>
        </>
      }
    >
      <section id='live-now' aria-label={word('live')} data-live={JSON.stringify(settings)}>
        <LiveNow language={language} frame={frame} isStale={false} />
      </section>
      <section aria-labelledby='live-charts' id='live-chart-section' hidden>
        <div class='chart-head'>
          <h2 id='live-charts'>{word('charts')}</h2>
          <p class='acts'>
            <button class='button secondary' type='button' data-range='recent' aria-pressed='true'>{word('recent')}</button>
            <button class='button secondary' type='button' data-range='whole' aria-pressed='false'>{word('whole')}</button>
          </p>
        </div>
        <div class='charts'>
          {CHARTS.map(([name, caption]) => (
            <figure key={name}>
              <figcaption>{word(caption)}</figcaption>
              <div class='chart' data-chart={name}></div>
            </figure>
          ))}
        </div>
      </section>
      <div id='live-detail' class='live-detail'>
        <LiveDetail language={language} frame={frame} names={names} points={points} />
      </div>
      <p>
        <a href={`${paths.admin.live(eventId)}/timeline.csv`} download>{word('download')}</a>
      </p>
    </AdminDocument>
  )
}
