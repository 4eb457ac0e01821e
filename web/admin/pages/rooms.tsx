import type { AdminRoomSettings } from '../../../edge/contract/admin-rooms.ts'
import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { EmptyNotice, ProblemNotice } from '../../components/notices.tsx'
import { count, shortDateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { SettingsForm } from '../components/room-fields.tsx'
import { DONE, R } from '../room-texts.ts'
import { adminWords } from '../texts.ts'
import { titleOf } from '../titles.ts'

export type RoomItem = {
  room: string
  title: string
  titleEn: string
  opensAt: string
  isLive: boolean
  paused: boolean
  waiting: number
}

type RoomsProps = { language: Language; viewer: Viewer; rooms: RoomItem[]; mayControl: boolean }

/** The rooms of events that have not closed, live ones first. */
export function RoomsPage({ language, viewer, rooms, mayControl }: RoomsProps) {
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.rooms}
      title={R.rooms[language]}
      lead={R.listLead[language]}
      actions={mayControl && <a class='button secondary' href={paths.admin.roomDefaults}>{R.defaults[language]}</a>}
    >
      {rooms.length === 0
        ? (
          <EmptyNotice title={R.none[language]} hint={R.noneHint[language]}>
            <a class='button secondary' href={paths.admin.events}>{adminWords(language)('events')}</a>
          </EmptyNotice>
        )
        : (
          <DataTable
            caption={R.rooms[language]}
            rows={rooms}
            keyOf={({ room }) => room}
            columns={[
              {
                title: R.event[language],
                cell: (item) => <a href={paths.admin.room(item.room)}>{titleOf(item, language)}</a>,
              },
              { title: R.state[language], cell: (item) => <RoomChip language={language} item={item} /> },
              { title: R.waiting[language], isNumber: true, cell: ({ waiting }) => count(waiting, language) },
              { title: R.opens[language], cell: ({ opensAt }) => shortDateTime(opensAt, language) },
            ]}
          />
        )}
    </AdminDocument>
  )
}

function RoomChip({ language, item: { isLive, paused } }: { language: Language; item: RoomItem }) {
  if (paused) return <span class='chip few'>{R.pause[language]}</span>
  return <span class={`chip ${isLive ? 'on-sale' : 'over'}`}>{(isLive ? R.live : R.quiet)[language]}</span>
}

type DefaultsProps = {
  language: Language
  viewer: Viewer
  values: Record<string, string>
  environment: AdminRoomSettings
  version: number
  problem?: Problem | undefined
  done?: string | undefined
}

/** The settings of all rooms that have none of their own. */
export function RoomDefaultsPage({ language, viewer, values, environment, version, problem, done }: DefaultsProps) {
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.roomDefaults}
      title={R.defaults[language]}
      lead={R.defaultsLead[language]}
      parent={{ href: paths.admin.rooms, title: R.rooms[language] }}
    >
      <DoneNotice language={language} done={done} />
      <ProblemNotice problem={problem} />
      <SettingsForm
        language={language}
        id='defaults'
        action={paths.admin.roomDefaults}
        values={values}
        inherited={environment}
        version={version}
        problem={problem}
      />
    </AdminDocument>
  )
}

export function DoneNotice({ language, done }: { language: Language; done: string | undefined }) {
  const text = done === undefined ? undefined : DONE[done]
  return text ? <p class='notice good' role='status'>{text[language]}</p> : null
}
