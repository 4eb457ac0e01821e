import type { Language } from '../../edge/contract/language.ts'
import type { EventDetail } from '../../edge/contract/events.ts'
import { paths } from '../../edge/contract/paths.ts'
import { count, dateTime } from '../format.ts'
import { sentences, words } from '../text.ts'
import { Countdown } from './countdown.tsx'
import { Price, PriceFrom } from './price.tsx'
import { StaleNotice } from './stale-notice.tsx'
import { EventStatusChip, isFew } from './status-chip.tsx'

type PanelProps = { language: Language; event: EventDetail }

/** The seats of a sale that opens within this time are refreshed on a schedule. */
const SOON_MS = 3_600_000
/** Until so long before the opening a page offers a reminder instead of the waiting room, which is not open yet. */
const REMIND_MS = 24 * 3_600_000

const untilOpeningMs = ({ opensAt, serverTime }: EventDetail) => Date.parse(opensAt) - Date.parse(serverTime)

/** When htmx refreshes the panel: on a schedule while the seats can change, and always when its countdown ends. */
function refreshTriggers(event: EventDetail): string {
  const { status } = event
  const untilOpenMs = untilOpeningMs(event)
  const canChange = status === 'on_sale' || status === 'stopped' || status === 'sold_out' ||
    (status === 'upcoming' && untilOpenMs < SOON_MS)
  const seconds = status === 'upcoming' && untilOpenMs > 60_000 ? 15 : 3
  return canChange ? `every ${seconds}s, refresh` : 'refresh'
}

/** The seats that are left and the booking button. htmx morphs it, so that a button that has the keyboard focus keeps it. */
export function SeatsPanel({ language, event, isPreview = false }: PanelProps & { isPreview?: boolean }) {
  const word = words(language)
  const total = event.ticketTypes.reduce((sum, type) => sum + type.total, 0)
  const left = event.ticketTypes.reduce((sum, type) => sum + type.left, 0)
  return (
    <section
      id='seats'
      class='panel seats'
      aria-labelledby='seats-title'
      hx-get={event.status === 'closed' || isPreview ? undefined : paths.eventSeats(event.id)}
      hx-trigger={isPreview ? undefined : refreshTriggers(event)}
      hx-swap='outerMorph'
    >
      <StaleNotice />
      <div class='panel-head'>
        <h2 id='seats-title'>{word(showsSeats(event) ? 'prices' : 'price')}</h2>
        <span data-status>
          <EventStatusChip language={language} event={{ ...event, total, left }} />
        </span>
      </div>
      {event.status === 'cancelled' && <Cancelled language={language} event={event} />}
      <TicketTypes language={language} event={event} />
      {isPreview
        ? (
          <fieldset class='static' disabled>
            <Act language={language} event={event} left={left} />
          </fieldset>
        )
        : <Act language={language} event={event} left={left} />}
    </section>
  )
}

/** Whether pages say how many seats are left: after a sale has ended, the number means nothing to a buyer. */
const showsSeats = ({ status }: EventDetail) => status !== 'closed' && status !== 'cancelled'

function TicketTypes({ language, event }: PanelProps) {
  const word = words(language)
  const seats = showsSeats(event)
  return (
    <table class='ticket-types'>
      <thead class='visually-hidden'>
        <tr>
          <th scope='col'>{word('ticketType')}</th>
          <th scope='col'>{word('price')}</th>
          {seats && <th scope='col'>{word('left')}</th>}
        </tr>
      </thead>
      <tbody>
        {event.ticketTypes.map((type) => (
          <tr key={type.id} class={seats && type.left === 0 ? 'gone' : undefined}>
            <th scope='row'>{type.name}</th>
            <td class='number'>
              <Price language={language} won={type.price} />
            </td>
            {seats && (
              <td class={isFew(type) ? 'number left few' : 'number left'}>
                {type.left === 0 ? word('soldOut') : sentences.seatsLeft(count(type.left, language))[language]}
                <progress class='scarcity' max={Math.max(1, type.total)} value={type.left} aria-hidden='true'></progress>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What a buyer can do now. On phones, a bar at the bottom of the screen. */
function Act({ language, event, left }: PanelProps & { left: number }) {
  const word = words(language)
  switch (event.status) {
    case 'upcoming':
      return <BeforeOpening language={language} event={event} />
    case 'on_sale':
      return (
        <>
          <div class='act-bar'>
            <Offer language={language} event={event} left={left} />
            <Join event={event} label={word('book')} />
          </div>
          <p class='muted small'>{word('queueHint')}</p>
          <LoginHint language={language} event={event} />
        </>
      )
    case 'stopped':
      return (
        <>
          <div class='act-bar'>
            <button class='button wide' type='button' disabled>{word('saleStopped')}</button>
          </div>
          {event.stopMessage !== '' && <p class='notice'>{event.stopMessage}</p>}
          <p class='muted small'>{word('stoppedHint')}</p>
        </>
      )
    case 'sold_out':
      return (
        <>
          <div class='act-bar'>
            <p class='offer'>
              <strong>{word('allSoldOut')}</strong>
            </p>
            <Join event={event} label={word('waitForReturns')} />
          </div>
          <p class='muted small'>{word('soldOutHint')}</p>
          <LoginHint language={language} event={event} />
        </>
      )
    case 'closed':
      return <button class='button wide' type='button' disabled>{word('saleEnded')}</button>
    case 'cancelled':
      return null
    default:
      return event.status satisfies never
  }
}

function BeforeOpening({ language, event }: PanelProps) {
  const word = words(language)
  const isFar = untilOpeningMs(event) > REMIND_MS
  return (
    <>
      <div class='act-bar'>
        <Countdown
          language={language}
          label={word('untilOpening')}
          opensAt={event.opensAt}
          note={dateTime(event.opensAt, language)}
        />
        {isFar
          ? <a class='button wide' href={paths.eventCalendar(event.id, 'opening')}>{word('remindMe')}</a>
          : <Join event={event} label={word('enterLobby')} />}
      </div>
      <LoginBeforeOpening language={language} event={event} />
    </>
  )
}

/** The cheapest price that is still to be had, and the seats left. */
function Offer({ language, event, left }: PanelProps & { left: number }) {
  const prices = event.ticketTypes.filter((type) => type.left > 0).map(({ price }) => price)
  return (
    <p class='offer'>
      <strong>
        <PriceFrom language={language} won={prices.length > 0 ? Math.min(...prices) : null} />
      </strong>
      <span>{sentences.seatsLeft(count(left, language))[language]}</span>
    </p>
  )
}

function Join({ event, label }: { event: EventDetail; label: string }) {
  return (
    <form method='post' action={paths.tickets(event.room)}>
      <button class='button wide' type='submit'>{label}</button>
    </form>
  )
}

function Cancelled({ language, event }: PanelProps) {
  const word = words(language)
  return (
    <>
      <p class='notice problem'>
        <strong>{word('eventIsCancelled')}</strong>
      </p>
      {event.stopMessage !== '' && <p class='notice'>{event.stopMessage}</p>}
      <p class='muted small'>
        {word('eventIsCancelledHint')} <a href={paths.me()}>{word('toMyPage')}</a>
      </p>
    </>
  )
}

/** Pages are shared, so the script hides this from a visitor who is logged in. Without the script everybody sees it. */
function LoginBeforeOpening({ language, event }: PanelProps) {
  const word = words(language)
  return (
    <div class='notice' data-guest>
      <p>
        <a class='button wide secondary' href={paths.login(paths.event(event.id))}>{word('loginForDraw')}</a>
      </p>
      <p class='muted small'>{word('loginForDrawHint')}</p>
    </div>
  )
}

function LoginHint({ language, event }: PanelProps) {
  const word = words(language)
  return (
    <p class='muted small' data-guest>
      {word('loginHint')} <a href={paths.login(paths.event(event.id))}>{word('login')}</a>
    </p>
  )
}
