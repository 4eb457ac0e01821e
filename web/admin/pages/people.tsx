import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { OPERATOR_ROLES, type OperatorRole } from '../../../edge/contract/roles.ts'
import { Field } from '../../components/fields.tsx'
import { ProblemNotice } from '../../components/notices.tsx'
import { shortDateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { DataTable } from '../components/data-table.tsx'
import { adminWords, ROLE_NAMES } from '../texts.ts'
import { PEOPLE_DONE, PEOPLE_TEXTS as T, type PeopleDone, ROLE_RIGHTS } from './people-texts.ts'

/** An operator. `lastLoginAt`: ISO 8601; null before the first login. `sessions`: how many can still be used. */
export type OperatorRow = {
  id: number
  email: string
  nickname: string
  role: OperatorRole
  hasSecondFactor: boolean
  lastLoginAt: string | null
  sessions: number
}
export type InvitationRow = { id: number; email: string; role: OperatorRole; expiresAt: string }
/** An invitation that was made by this request; its link is shown only now. */
export type NewInvitation = { email: string; role: OperatorRole; expiresAt: string; link: string }

type PeopleProps = {
  language: Language
  viewer: Viewer
  ownId: number
  operators: OperatorRow[]
  invitations: InvitationRow[]
  /** What was entered in the form for invitations. */
  entered: { email: string; role: string }
  problem?: Problem | undefined
  invited?: NewInvitation | undefined
  done?: PeopleDone | undefined
}

/** Everyone who runs the shop, and who is invited to. */
export function PeoplePage(props: PeopleProps) {
  const { language, viewer, operators, ownId, invitations, invited, done } = props
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.people}
      title={adminWords(language)('people')}
      lead={T.lead[language]}
    >
      {done && <p class='notice good' role='status'>{PEOPLE_DONE[done][language]}</p>}
      {invited && <InvitedNotice language={language} invited={invited} />}
      <section aria-labelledby='operators'>
        <h2 id='operators' class='visually-hidden'>{adminWords(language)('people')}</h2>
        <OperatorTable language={language} operators={operators} ownId={ownId} />
      </section>
      {invitations.length > 0 && (
        <section aria-labelledby='invitations'>
          <h2 id='invitations'>{T.open[language]}</h2>
          <InvitationTable language={language} invitations={invitations} />
        </section>
      )}
      <InviteForm {...props} />
    </AdminDocument>
  )
}

function InvitedNotice({ language, invited: { email, expiresAt, link } }: { language: Language; invited: NewInvitation }) {
  return (
    <div class='notice warn' role='status' tabindex={-1} data-focus>
      <p>
        <strong>{email}</strong> {T.sendLink[language]}
      </p>
      <label for='link'>{T.link[language]}</label>
      <input id='link' class='hash' value={link} readOnly />
      <p class='small'>
        {T.once[language]} {T.until[language]}: {shortDateTime(expiresAt, language)}
      </p>
    </div>
  )
}

type OperatorTableProps = { language: Language; operators: OperatorRow[]; ownId: number }

function OperatorTable({ language, operators, ownId }: OperatorTableProps) {
  return (
    <DataTable
      caption={adminWords(language)('people')}
      rows={operators}
      keyOf={({ id }) => id}
      columns={[
        {
          title: T.name[language],
          cell: ({ id, nickname }) => (
            <>
              <a class='nowrap' href={paths.admin.person(id)}>{nickname}</a>{' '}
              {id === ownId && <span class='chip'>{T.you[language]}</span>}
            </>
          ),
        },
        { title: T.email[language], cell: ({ email }) => <span class='value'>{email}</span> },
        { title: T.role[language], cell: ({ role }) => <span class='nowrap'>{ROLE_NAMES[role][language]}</span> },
        {
          title: T.twoFactor[language],
          cell: ({ hasSecondFactor }) => hasSecondFactor ? T.on[language] : <span class='chip few'>{T.off[language]}</span>,
        },
        {
          title: T.lastLogin[language],
          cell: ({ lastLoginAt }) => lastLoginAt === null ? T.never[language] : shortDateTime(lastLoginAt, language),
        },
        { title: T.sessionCount[language], isNumber: true, cell: ({ sessions }) => sessions },
      ]}
    />
  )
}

function InvitationTable({ language, invitations }: { language: Language; invitations: InvitationRow[] }) {
  return (
    <DataTable
      caption={T.open[language]}
      rows={invitations}
      keyOf={({ id }) => id}
      columns={[
        { title: T.email[language], cell: ({ email }) => <span class='value'>{email}</span> },
        { title: T.role[language], cell: ({ role }) => ROLE_NAMES[role][language] },
        { title: T.until[language], cell: ({ expiresAt }) => shortDateTime(expiresAt, language) },
        {
          title: T.act[language],
          cell: ({ id, email }) => (
            <form method='post' action={paths.admin.endInvitation(id)}>
              <button class='button small secondary' type='submit' aria-label={`${T.revoke[language]}: ${email}`}>
                {T.revoke[language]}
              </button>
            </form>
          ),
        },
      ]}
    />
  )
}

function InviteForm({ language, entered, problem }: PeopleProps) {
  return (
    <section aria-labelledby='invite'>
      <h2 id='invite'>{T.invite[language]}</h2>
      <form class='panel narrow left' method='post' action={paths.admin.invitations}>
        <ProblemNotice problem={problem} />
        <Field
          name='email'
          label={T.email[language]}
          problem={problem}
          input={{ type: 'email', value: entered.email, maxLength: 254, autocomplete: 'off' }}
        />
        <RoleChoice language={language} chosen={entered.role} />
        <button class='button wide' type='submit'>{T.makeLink[language]}</button>
      </form>
    </section>
  )
}

/** The roles with what each may do. */
export function RoleChoice({ language, chosen }: { language: Language; chosen: string }) {
  return (
    <fieldset>
      <legend>{T.role[language]}</legend>
      {OPERATOR_ROLES.map((role) => (
        <label key={role} class='choice' for={`role-${role}`}>
          <input type='radio' id={`role-${role}`} name='role' value={role} checked={role === chosen} required />
          <span>
            <strong>{ROLE_NAMES[role][language]}</strong> <span class='small muted'>{ROLE_RIGHTS[role][language]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
