import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { ProblemNotice } from '../../components/notices.tsx'
import { shortDateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { ActForm } from '../components/act-form.tsx'
import { type SessionRow, SessionTable } from '../components/session-table.tsx'
import { adminWords, ROLE_NAMES } from '../texts.ts'
import { type OperatorRow, RoleChoice } from './people.tsx'
import { PEOPLE_DONE, PEOPLE_TEXTS as T, type PeopleDone } from './people-texts.ts'

type OperatorProps = {
  language: Language
  viewer: Viewer
  operator: OperatorRow
  sessions: SessionRow[]
  /** The act that could not be done. */
  failed?: { act: 'role' | 'two_factor'; problem: Problem } | undefined
  done?: PeopleDone | undefined
}

/** One operator: role, second factor, and where they are logged in. */
export function OperatorPage(props: OperatorProps) {
  const { language, viewer, operator, sessions, failed, done } = props
  const { id, nickname, email, role, hasSecondFactor, lastLoginAt } = operator
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.person(id)}
      title={nickname}
      lead={email}
      parent={{ href: paths.admin.people, title: adminWords(language)('people') }}
    >
      {done && <p class='notice good' role='status'>{PEOPLE_DONE[done][language]}</p>}
      <ProblemNotice problem={failed?.problem} />
      <dl class='facts panel'>
        <dt>{T.role[language]}</dt>
        <dd>{ROLE_NAMES[role][language]}</dd>
        <dt>{T.twoFactor[language]}</dt>
        <dd>{(hasSecondFactor ? T.on : T.off)[language]}</dd>
        <dt>{T.lastLogin[language]}</dt>
        <dd>{lastLoginAt === null ? T.never[language] : shortDateTime(lastLoginAt, language)}</dd>
      </dl>
      <Acts {...props} />
      <section aria-labelledby='sessions'>
        <h2 id='sessions'>{T.sessions[language]}</h2>
        {sessions.length === 0 ? <p class='muted'>{T.noSessions[language]}</p> : (
          <>
            <SessionTable
              language={language}
              sessions={sessions}
              endAction={(session) => paths.admin.personSession(id, session)}
            />
            <form class='after-table' method='post' action={paths.admin.personSessions(id)}>
              <button class='button secondary' type='submit'>{T.endAll[language]}</button>
            </form>
          </>
        )}
      </section>
    </AdminDocument>
  )
}

function Acts({ language, operator: { id, role, hasSecondFactor }, failed }: OperatorProps) {
  return (
    <div class='acts'>
      <ActForm
        language={language}
        id='role-act'
        action={paths.admin.personRole(id)}
        label={T.changeRole[language]}
        explanation={T.changeRoleHint[language]}
        problem={failed?.act === 'role' ? failed.problem : undefined}
      >
        <RoleChoice language={language} chosen={role} />
      </ActForm>
      {hasSecondFactor && (
        <ActForm
          language={language}
          id='two-factor-act'
          action={paths.admin.personTwoFactor(id)}
          label={T.reset[language]}
          explanation={T.resetHint[language]}
          problem={failed?.act === 'two_factor' ? failed.problem : undefined}
        />
      )}
      <ActForm
        language={language}
        id='removal-act'
        action={paths.admin.personRole(id)}
        label={T.remove[language]}
        explanation={T.removeHint[language]}
        isDanger
      >
        <input type='hidden' name='role' value='user' />
      </ActForm>
    </div>
  )
}
