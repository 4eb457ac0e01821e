import type { AdminEvent } from '../../../edge/contract/admin-events.ts'
import { NOTICE_PARTS } from '../../../edge/contract/events.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { may } from '../../../edge/contract/roles.ts'
import { Countdown } from '../../components/countdown.tsx'
import { Fact, Facts } from '../../components/facts.tsx'
import { ProblemNotice } from '../../components/notices.tsx'
import { Price } from '../../components/price.tsx'
import { count, dateTime } from '../../format.ts'
import { AdminDocument } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { EventActs, PublishAct } from '../components/event-acts.tsx'
import { AdminStatusChip } from '../components/event-status.tsx'
import { CHECKLIST, FIELD_NAMES } from '../event-texts.ts'
import type { AdminEventProps } from '../event-page-props.ts'
import { EVENT_PAGE_TEXTS as T } from '../event-page-texts.ts'
import { GENRE_NAMES, REGION_NAMES } from '../../filter-texts.ts'
import { adminWords } from '../texts.ts'
import { titleOf, typeNameOf, venueOf } from '../titles.ts'

/** One event: its state first, then what to do with it, then its facts. */
export function AdminEventPage(props: AdminEventProps) {
  const { language, viewer, event, now, done, refused } = props
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.event(event.id)}
      title={titleOf(event, language)}
      lead={
        <>
          <AdminStatusChip language={language} status={event.status} /> {dateTime(event.startsAt, language, event.zone)}
          {' · '}
          {venueOf(event, language)}
        </>
      }
      parent={{ href: paths.admin.events, title: adminWords(language)('allEvents') }}
      tabs={{ eventId: event.id, current: 'event' }}
      actions={<PageActions {...props} />}
      serverTime={now}
    >
      {done && <p class='notice good' role='status'>{T.done[done][language]}</p>}
      {refused && <ProblemNotice problem={refused.problem} />}
      <StateNotice {...props} />
      {event.status === 'draft' && <Checklist {...props} />}
      {event.status === 'upcoming' && <Countdown language={language} label={T.untilOpening[language]} opensAt={event.opensAt} />}
      <Sales {...props} />
      <EventActs {...props} />
      <EventFacts {...props} />
    </AdminDocument>
  )
}

function PageActions({ language, viewer, event }: AdminEventProps) {
  return (
    <>
      {may(viewer.role, 'events.edit') && !event.cancelledAt && (
        <a class='button' href={paths.admin.editEvent(event.id)}>{T.edit[language]}</a>
      )}
      <a class='button secondary' href={paths.admin.previewEvent(event.id)}>{T.preview[language]}</a>
      {event.published && <a class='button quiet' href={paths.event(event.id)}>{T.inShop[language]}</a>}
    </>
  )
}

/** A stopped sale and a cancelled event, in words. */
function StateNotice({ language, event, viewer, reservations: { confirmed, cancelled } }: AdminEventProps) {
  if (event.cancelledAt) {
    return (
      <section class='notice problem' aria-label={T.cancelled[language]}>
        <p>
          <strong>{T.cancelled[language]}</strong> {dateTime(event.cancelledAt, language, event.zone)}
        </p>
        <p>{T.progress(cancelled, confirmed)[language]}</p>
        <p>{T.reason[language]}: {event.cancelReason}</p>
        <p>{T.message[language]}: {event.stopMessage || adminWords(language)('none')}</p>
        {confirmed > 0 && may(viewer.role, 'sales.control') && (
          <form method='post' action={paths.admin.eventAct(event.id, 'continue')}>
            <button class='button secondary' type='submit'>{T.continue[language]}</button>
          </form>
        )}
      </section>
    )
  }
  if (event.status !== 'stopped') return null
  return (
    <div class='notice warn'>
      <p>
        <strong>{T.isStopped[language]}</strong>
      </p>
      <p>{T.message[language]}: {event.stopMessage || adminWords(language)('none')}</p>
    </div>
  )
}

function Checklist(props: AdminEventProps) {
  const { language, checklist, event: { id }, viewer } = props
  const mayEdit = may(viewer.role, 'events.edit')
  const nameOf = (part: typeof checklist[number]['part']) => CHECKLIST[part][language]
  return (
    <section aria-labelledby='checklist'>
      <h2 id='checklist'>{T.checklist[language]}</h2>
      <ul class='checklist'>
        {checklist.map(({ part, isRequired, isMet }) => (
          <li key={part} class={isMet ? 'met' : isRequired ? 'missing' : 'advised'}>
            <span class='check' aria-hidden='true'>{isMet ? '✓' : isRequired ? '!' : '–'}</span>
            <span>
              {isMet || !mayEdit
                ? nameOf(part)
                : <a href={part === 'poster' ? paths.admin.eventImage(id) : paths.admin.editEvent(id)}>{nameOf(part)}</a>}
              {!isMet && <em>{T[isRequired ? 'required' : 'advised'][language]}</em>}
            </span>
          </li>
        ))}
      </ul>
      <PublishAct props={props} />
    </section>
  )
}

/** The seats of each ticket type, as the sale has them or else as MySQL has them. */
function Sales({ language, event, left }: AdminEventProps) {
  const soldOf = ({ id, seats, sold }: AdminEvent['ticketTypes'][number]) => {
    const remaining = left?.get(id)
    return remaining === undefined ? sold : seats - remaining
  }
  return (
    <section aria-labelledby='sales'>
      <h2 id='sales'>{T.sales[language]}</h2>
      {event.ticketTypes.length === 0 ? <p class='notice'>{T.noTypes[language]}</p> : (
        <DataTable
          caption={T.sales[language]}
          rows={event.ticketTypes}
          keyOf={({ id }) => id}
          columns={[
            { title: T.ticketType[language], cell: (type) => typeNameOf(type, language) },
            {
              title: FIELD_NAMES.price![language],
              isNumber: true,
              cell: ({ price }) => <Price language={language} won={price} />,
            },
            { title: T.sold[language], isNumber: true, cell: (type) => count(soldOf(type), language) },
            { title: T.left[language], isNumber: true, cell: (type) => count(type.seats - soldOf(type), language) },
            { title: FIELD_NAMES.seats![language], isNumber: true, cell: ({ seats }) => count(seats, language) },
          ]}
        />
      )}
    </section>
  )
}

function EventFacts({ language, event }: AdminEventProps) {
  const name = (field: string) => FIELD_NAMES[field]![language]
  const time = (iso: string) => dateTime(iso, language, event.zone)
  const none = adminWords(language)('none')
  return (
    <section aria-labelledby='facts'>
      <h2 id='facts'>{T.facts[language]}</h2>
      <Facts>
        <Fact name={name('title')}>{event.title}</Fact>
        <Fact name={name('titleEn')}>{event.titleEn || none}</Fact>
        <Fact name={name('venue')}>{event.venue || none}</Fact>
        <Fact name={name('venueEn')}>{event.venueEn || none}</Fact>
        <Fact name={name('genre')}>{event.genre ? GENRE_NAMES[event.genre][language] : none}</Fact>
        <Fact name={name('region')}>{event.region ? REGION_NAMES[event.region][language] : none}</Fact>
        <Fact name={name('opensAt')}>{time(event.opensAt)}</Fact>
        <Fact name={name('closesAt')}>{time(event.closesAt)}</Fact>
        <Fact name={name('startsAt')}>{time(event.startsAt)}</Fact>
        <Fact name={name('zone')}>{event.zone}</Fact>
        <Fact name={name('limitPerPerson')}>{count(event.limitPerPerson, language)}</Fact>
        {NOTICE_PARTS.flatMap((part) => {
          const text = event.notice[part]?.[language] || event.notice[part]?.ko || event.notice[part]?.en
          return text ? [<Fact key={part} name={name(part)}>{text}</Fact>] : []
        })}
        <Fact name={T.version[language]}>{event.version}</Fact>
      </Facts>
    </section>
  )
}
