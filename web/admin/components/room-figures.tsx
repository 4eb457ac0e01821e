import type { RoomFigures } from '../../../edge/contract/admin-rooms.ts'
import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { count, timeOfDay } from '../../format.ts'
import { HELD_BY, PHASE_SENTENCES, PHASES, R } from '../room-texts.ts'

type RoomFiguresProps = { language: Language; room: string; figures: RoomFigures | null; isCurrent: boolean }

/**
 * The live figures of a room, refreshed every two seconds. `isCurrent`: whether the edges have the latest settings.
 */
export function RoomFiguresPanel({ language, room, figures, isCurrent }: RoomFiguresProps) {
  return (
    <section
      id='figures'
      aria-label={R.figures[language]}
      hx-get={paths.admin.roomPart(room, 'figures')}
      hx-trigger='every 2s'
      hx-swap='outerHTML'
    >
      {figures ? <Figures language={language} figures={figures} /> : <p class='notice'>{R.notOpened[language]}</p>}
      {figures && <p class='muted small'>{`${R.updated[language]} ${timeOfDay(figures.at)}`}</p>}
      {!isCurrent && <p class='muted small'>{R.applied[language]}</p>}
    </section>
  )
}

function Figures({ language, figures }: { language: Language; figures: RoomFigures }) {
  const { phase, heldBy, waiting, activeVisits, capacity, perMinute, callsPerMinute, message } = figures
  const number = (value: number | null) => value === null ? '–' : count(value, language)
  const wait = (seconds: number | null) => waitText(seconds, language)
  return (
    <>
      <p class={`notice room-phase ${phase}`}>
        <strong>{PHASES[phase][language]}</strong> {(heldBy ? HELD_BY[heldBy] : PHASE_SENTENCES[phase])[language]}
      </p>
      {message && <p class='room-message'>{message[language]}</p>}
      <dl class='room-main'>
        <Figure title={(phase === 'lobby' ? R.inLobby : R.waiting)[language]} value={number(waiting)} />
        <Figure
          title={R.active[language]}
          value={number(activeVisits)}
          note={`${R.ofCapacity[language]} ${number(capacity)}`}
        />
        <Figure
          title={R.perMinute[language]}
          value={number(callsPerMinute)}
          note={`${R.atMost[language]} ${number(perMinute)}`}
        />
        <Figure title={R.expected[language]} value={wait(figures.expectedWaitSeconds)} />
      </dl>
      <dl class='figures room-more'>
        <Figure title={R.actual[language]} value={wait(figures.actualWaitSeconds)} />
        <Figure title={R.joins[language]} value={number(figures.joinsPerMinute)} />
        <Figure title={R.claims[language]} value={number(figures.claimsPerMinute)} />
        <Figure
          title={R.noShows[language]}
          value={number(figures.noShows)}
          note={`${Math.round(figures.noShowShare * 100)}%`}
        />
        <Figure title={R.seatsLeft[language]} value={number(figures.seatsLeft)} />
      </dl>
    </>
  )
}

function Figure({ title, value, note }: { title: string; value: string; note?: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        {value}
        {note && <small class='muted'>{note}</small>}
      </dd>
    </div>
  )
}

/** A wait: whole seconds below two minutes, otherwise whole minutes. */
export function waitText(seconds: number | null, language: Language): string {
  if (seconds === null) return '–'
  return seconds < 120
    ? `${count(seconds, language)}${R.seconds[language]}`
    : `${count(Math.round(seconds / 60), language)}${R.minutes[language]}`
}
