import type { AdminRoomSettings, RoomFigures, VisitorState } from '../../../edge/contract/admin-rooms.ts'
import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { ProblemNotice } from '../../components/notices.tsx'
import { count, timeOfDay } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { ActForm } from '../components/act-form.tsx'
import { MessageFields, NumberField, SettingsForm } from '../components/room-fields.tsx'
import { RoomFiguresPanel, waitText } from '../components/room-figures.tsx'
import { LOOKUPS, R, VISITOR_STATES } from '../room-texts.ts'
import { DoneNotice } from './rooms.tsx'
import { adminWords } from '../texts.ts'
import { titleOf } from '../titles.ts'

export type VisitorView =
  | { kind: 'missing'; cause: string; query: string }
  | {
    kind: 'found'
    query: string
    account: { email: string; nickname: string } | null
    position: number
    ahead: number
    etaSeconds: number | null
    state: VisitorState
    /** ISO 8601. */
    passEndsAt: string | null
  }

export type RoomPageProps = {
  language: Language
  viewer: Viewer
  room: string
  event: { id: number; title: string; titleEn: string }
  figures: RoomFigures | null
  /** Whether an operator has paused the room: the record, not what edges show by now. */
  paused: boolean
  isCurrent: boolean
  own: AdminRoomSettings
  /** What applies to settings that the room has not. */
  inherited: AdminRoomSettings
  version: number
  /** Fields as they were sent, after a problem. */
  sent?: Record<string, string> | undefined
  problem?: Problem | undefined
  done?: string | undefined
  visitor?: VisitorView | undefined
  mayControl: boolean
  mayFind: boolean
}

/** One waiting room: how it goes, what an operator can do, its settings, and one visitor. */
export function RoomPage(props: RoomPageProps) {
  const { language, viewer, room, event, figures, isCurrent, problem, done, visitor, mayControl, mayFind } = props
  const title = titleOf(event, language)
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.room(room)}
      title={title}
      lead={R.rooms[language]}
      parent={{ href: paths.admin.rooms, title: adminWords(language)('allRooms') }}
      tabs={{ eventId: event.id, current: 'room' }}
    >
      <DoneNotice language={language} done={done} />
      <ProblemNotice problem={problem} />
      {problem?.code === 'stale_version' && <p class='notice'>{R.stale[language]}</p>}
      <RoomFiguresPanel language={language} room={room} figures={figures} isCurrent={isCurrent} />
      {mayControl && <RoomActs {...props} />}
      {mayFind && <VisitorSearch language={language} room={room} visitor={visitor} />}
      {mayControl && (
        <section aria-labelledby='settings'>
          <h2 id='settings'>{R.settings[language]}</h2>
          <p class='muted'>{R.settingsLead[language]}</p>
          <SettingsForm
            language={language}
            id='settings'
            action={paths.admin.roomPart(room, 'settings')}
            values={Object.assign(valuesOf(props.own), props.sent)}
            inherited={props.inherited}
            version={props.version}
            problem={problem}
          />
        </section>
      )}
    </AdminDocument>
  )
}

function RoomActs({ language, room, event, figures, paused, own, inherited }: RoomPageProps) {
  const fields = { language, values: valuesOf(own), inherited, problem: undefined }
  const act = (part: 'pause' | 'resume' | 'settings' | 'reset' | 'undo') => paths.admin.roomPart(room, part)
  const undoSeconds = figures?.undoSeconds ?? 0
  return (
    <section aria-labelledby='acts'>
      <h2 id='acts'>{R.acts[language]}</h2>
      <div class='acts'>
        {paused
          ? (
            <ActForm
              language={language}
              id='resume'
              action={act('resume')}
              label={R.resume[language]}
              explanation={R.resumeHint[language]}
            />
          )
          : (
            <ActForm
              language={language}
              id='pause'
              action={act('pause')}
              label={R.pause[language]}
              explanation={R.pauseHint[language]}
              isDanger
            />
          )}
        <ActForm
          language={language}
          id='rate'
          action={act('settings')}
          label={R.rate[language]}
          explanation={R.rateHint[language]}
        >
          <NumberField {...fields} id='rate' name='perMinute' />
          <NumberField {...fields} id='rate' name='capacity' />
        </ActForm>
        <ActForm
          language={language}
          id='message'
          action={act('settings')}
          label={R.message[language]}
          explanation={R.messageHint[language]}
        >
          <MessageFields {...fields} id='message-act' />
        </ActForm>
        {undoSeconds > 0 && (
          <ActForm
            language={language}
            id='undo'
            action={act('undo')}
            label={`${R.undo[language]} (${undoSeconds}${R.secondsLeft[language]})`}
            explanation={R.undoHint[language]}
          />
        )}
        {figures && (
          <ActForm
            language={language}
            id='reset'
            action={act('reset')}
            label={R.reset[language]}
            explanation={R.resetHint[language]}
            confirmation={titleOf(event, language)}
            isDanger
          />
        )}
      </div>
    </section>
  )
}

type VisitorSearchProps = { language: Language; room: string; visitor: VisitorView | undefined }

function VisitorSearch({ language, room, visitor }: VisitorSearchProps) {
  return (
    <section aria-labelledby='visitor'>
      <h2 id='visitor'>{R.visitor[language]}</h2>
      <form class='visitor-search' method='post' action={paths.admin.roomPart(room, 'visitor')}>
        <label for='query'>{R.query[language]}</label>
        <input
          id='query'
          name='query'
          required
          maxLength={2_000}
          autocomplete='off'
          value={visitor?.query ?? ''}
          aria-describedby='query-hint'
        />
        <button class='button secondary' type='submit'>{R.find[language]}</button>
        <p class='hint' id='query-hint'>{R.visitorHint[language]}</p>
      </form>
      {visitor?.kind === 'missing' && <p class='notice' role='status'>{LOOKUPS[visitor.cause]?.[language]}</p>}
      {visitor?.kind === 'found' && <FoundVisitor language={language} room={room} visitor={visitor} />}
    </section>
  )
}

type FoundProps = { language: Language; room: string; visitor: Extract<VisitorView, { kind: 'found' }> }

function FoundVisitor({ language, room, visitor }: FoundProps) {
  const { account, position, ahead, etaSeconds, state, passEndsAt, query } = visitor
  const isWaiting = state === 'waiting'
  return (
    <div class='panel found-visitor' role='status'>
      <p>
        <strong>{VISITOR_STATES[state][language]}</strong>{' '}
        <span class='muted'>{account ? `${account.nickname} · ${account.email}` : R.guest[language]}</span>
      </p>
      <dl class='figures'>
        {state !== 'in_draw' && (
          <div>
            <dt>{R.position[language]}</dt>
            <dd>{count(position + 1, language)}</dd>
          </div>
        )}
        {isWaiting && (
          <div>
            <dt>{R.ahead[language]}</dt>
            <dd>{count(ahead, language)}</dd>
          </div>
        )}
        {isWaiting && (
          <div>
            <dt>{R.eta[language]}</dt>
            <dd>{waitText(etaSeconds, language)}</dd>
          </div>
        )}
        {passEndsAt && (
          <div>
            <dt>{R.passEnds[language]}</dt>
            <dd>{timeOfDay(passEndsAt)}</dd>
          </div>
        )}
      </dl>
      {state !== 'gone' && state !== 'ended' && state !== 'missed' && (
        <ActForm
          language={language}
          id='revoke'
          action={paths.admin.roomPart(room, 'revoke')}
          label={R.revoke[language]}
          explanation={R.revokeHint[language]}
          isDanger
        >
          <input type='hidden' name='query' value={query} />
        </ActForm>
      )}
    </div>
  )
}

/** Settings as the fields of a form. */
export function valuesOf({ message, ...settings }: AdminRoomSettings): Record<string, string> {
  const entries = Object.entries(settings).flatMap(([name, value]) => value === undefined ? [] : [[name, String(value)]])
  return Object.fromEntries(entries.concat(message ? [['messageKo', message.ko], ['messageEn', message.en]] : []))
}
