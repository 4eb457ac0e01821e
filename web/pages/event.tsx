import type { ComponentChildren } from 'preact'
import type { Language } from '../../edge/contract/language.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import { paths } from '../../edge/contract/paths.ts'
import { Document } from '../components/document.tsx'
import { Fact, Facts } from '../components/facts.tsx'
import { Poster } from '../components/poster.tsx'
import { ReminderOffer } from '../components/reminder-panel.tsx'
import { SeatsPanel } from '../components/seats-panel.tsx'
import { dateTime, lastMinuteBefore } from '../format.ts'
import { GENRE_NAMES, REGION_NAMES } from '../filter-texts.ts'
import { rasterImageOf, structuredEvent } from '../structured-event.ts'
import { sentences, words } from '../text.ts'
import { floodClass } from '../tint.ts'

type EventProps = { language: Language; event: EventDetail }
type EventPageProps = EventProps & {
  /** The shop's address without a path; null if it is not configured, and for a preview. */
  publicUrl?: string | null
  /** A banner for operators, above a page whose buttons do nothing. */
  preview?: ComponentChildren
  /** Where the page is, for a change of the language. */
  path?: string
}

export function EventPage({ language, event, publicUrl = null, preview, path = paths.event(event.id) }: EventPageProps) {
  return (
    <Document
      language={language}
      title={event.title}
      description={`${dateTime(event.startsAt, language, event.zone)} · ${event.venue}`}
      image={rasterImageOf(event)}
      themeColor={event.color ?? undefined}
      path={path}
      publicUrl={publicUrl}
      isIndexed={preview === undefined}
      structured={publicUrl ? structuredEvent(event, publicUrl, language) : null}
      serverTime={event.serverTime}
      isStatic={preview !== undefined}
    >
      {preview}
      <article class='event'>
        <EventHead language={language} event={event} />
        <div class='event-body'>
          <SeatsPanel language={language} event={event} isPreview={preview !== undefined} />
          <p class='visually-hidden' role='status' data-announcement></p>
          <div class='event-info'>
            {preview === undefined && <ReminderOffer language={language} event={event} />}
            {canBeBooked(event) && <BeforeBooking language={language} event={event} />}
            <EventFacts language={language} event={event} />
            {canBeBooked(event) && <HowItWorks language={language} />}
            <Notice language={language} event={event} />
          </div>
        </div>
      </article>
    </Document>
  )
}

/** Whether it matters how one books: now, or when the sale opens or resumes. */
const canBeBooked = ({ status }: EventDetail) => status !== 'closed' && status !== 'cancelled'

/** Poster, title, date and venue on the poster's colour. */
function EventHead({ language, event }: EventProps) {
  const word = words(language)
  const kind = [event.genre && GENRE_NAMES[event.genre], event.region && REGION_NAMES[event.region]].filter((text) =>
    text !== null
  )
  return (
    <header class={`event-head ${floodClass(event.color)}`}>
      <div class='event-head-inner'>
        <Poster event={event} eager sizes='(min-width: 48rem) 18rem, 38vw' />
        <div class='event-title'>
          {kind.length > 0 && <p class='eyebrow'>{kind.map((text) => text[language]).join(' · ')}</p>}
          <h1>{event.title}</h1>
          <p class='lead-when'>
            <span>{dateTime(event.startsAt, language, event.zone)}</span>
            <bdi>{event.venue}</bdi>
          </p>
          <p class='event-links'>
            {canBeBooked(event) && (
              <a href={paths.eventCalendar(event.id, event.status === 'upcoming' ? 'opening' : 'event')}>
                {word(event.status === 'upcoming' ? 'remindOpening' : 'addEvent')}
              </a>
            )}
            <button type='button' class='link' data-share={paths.event(event.id)} data-share-title={event.title} hidden>
              {word('share')}
            </button>
            <span role='status' data-share-done hidden>{word('linkCopied')}</span>
          </p>
        </div>
      </div>
    </header>
  )
}

/** The rules that bind a buyer, before they do. */
function BeforeBooking({ language, event }: EventProps) {
  const word = words(language)
  const deadline = dateTime(lastMinuteBefore(event.cancelUntil), language, event.zone)
  return (
    <section aria-labelledby='before-booking'>
      <h2 id='before-booking'>{word('beforeBooking')}</h2>
      <ul class='rules'>
        <li>
          {sentences.perPerson(event.limitPerPerson)[language]}{' '}
          <strong
            data-allowance={paths.allowance(event.id)}
            data-more={sentences.moreAllowed('%')[language]}
            data-none={word('noMoreLeft')}
          >
          </strong>
        </li>
        <li>{sentences.cancelBy(deadline)[language]}</li>
        <li>{word('noPayment')}</li>
      </ul>
    </section>
  )
}

function EventFacts({ language, event }: EventProps) {
  const word = words(language)
  return (
    <section aria-labelledby='facts'>
      <h2 id='facts'>{word('noticeTitle')}</h2>
      <Facts>
        <Fact name={word('date')}>{dateTime(event.startsAt, language, event.zone)}</Fact>
        <Fact name={word('venue')}>
          <bdi>{event.venue}</bdi>{' '}
          <a class='map' href={mapOf(event, language)} target='_blank' rel='noopener noreferrer'>{word('map')}</a>
        </Fact>
        <Fact name={word('opensAt')}>{dateTime(event.opensAt, language)}</Fact>
        <Fact name={word('closesAt')}>{dateTime(event.closesAt, language)}</Fact>
      </Facts>
      {event.status === 'upcoming' && (
        <p class='event-links'>
          <a href={paths.eventCalendar(event.id, 'event')}>{word('addEvent')}</a>
        </p>
      )}
    </section>
  )
}

const KOREAN_ZONE = 'Asia/Seoul'

/** A search for the venue: in Korea on the map that most people there use. */
function mapOf({ venue, zone }: EventDetail, language: Language): string {
  const name = encodeURIComponent(venue)
  return language === 'ko' && zone === KOREAN_ZONE
    ? `https://map.kakao.com/link/search/${name}`
    : `https://www.google.com/maps/search/?api=1&query=${name}`
}

function HowItWorks({ language }: { language: Language }) {
  const word = words(language)
  return (
    <section aria-labelledby='how-it-works'>
      <h2 id='how-it-works'>{word('howItWorks')}</h2>
      <ul class='rules'>
        <li>{word('lobbyHint')}</li>
        <li>{word('howQueue')}</li>
      </ul>
    </section>
  )
}

/** What the organiser wants buyers to know. Texts keep their line breaks. */
function Notice({ language, event: { notice } }: EventProps) {
  if (notice.length === 0) return null
  return (
    <section aria-labelledby='notice'>
      <h2 id='notice'>{words(language)('organiserNotice')}</h2>
      <dl class='event-notice'>
        {notice.map(({ part, text }) => (
          <div key={part}>
            <dt>{words(language)(part)}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
