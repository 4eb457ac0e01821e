import type { ComponentChildren } from 'preact'
import type { Language } from '../../edge/contract/language.ts'
import { type AccountPart, paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { type OwnSession, OwnSessions } from '../components/own-sessions.tsx'
import { Document } from '../components/document.tsx'
import { Field, NewPasswordField, NicknameField } from '../components/fields.tsx'
import { ProblemNotice } from '../components/notices.tsx'
import { words } from '../text.ts'
import { ACCOUNT_TEXTS as T } from './account-texts.ts'

/** What was just done, as the query of the page says. */
export const ACCOUNT_DONE = ['nickname', 'email', 'password', 'verification', 'sessions'] as const
export type AccountDone = (typeof ACCOUNT_DONE)[number]

type AccountProps = {
  language: Language
  user: { email: string; nickname: string; verified: boolean }
  /** Operators cannot delete their account themselves. */
  isOperator: boolean
  sessions: OwnSession[]
  done: AccountDone | null
  /** The form that was refused, and why. */
  refused: { part: AccountPart; problem: Problem } | null
}

/** A person's own account: address, nickname, password, sessions, data, deletion. */
export function AccountPage({ language, user, isOperator, sessions, done, refused }: AccountProps) {
  const word = words(language)
  const problemOf = (part: AccountPart) => refused?.part === part ? refused.problem : undefined
  return (
    <Document language={language} title={word('accountSettings')} path={paths.account()}>
      <div class='narrow'>
        <h1>
          <span class='eyebrow'>{user.nickname}</span> {word('accountSettings')}
        </h1>
        {done && <p class='notice good' role='status' tabindex={-1} data-focus>{T.done[done][language]}</p>}
        <Part id='email' title={word('email')}>
          <p>
            <strong>{user.email}</strong>{' '}
            <span class={`chip ${user.verified ? 'on-sale' : 'few'}`}>
              {(user.verified ? T.verified : T.unverified)[language]}
            </span>
          </p>
          {!user.verified && <Verification language={language} problem={problemOf('verification')} />}
          <EmailForm language={language} problem={problemOf('email')} isOpen={refused?.part === 'email'} />
        </Part>
        <Part id='nickname' title={word('nickname')}>
          <ProblemNotice problem={problemOf('nickname')} />
          <form class='panel' method='post' action={paths.accountPart('nickname')}>
            <NicknameField language={language} problem={problemOf('nickname')} value={user.nickname} />
            <button class='button secondary' type='submit'>{T.saveNickname[language]}</button>
          </form>
        </Part>
        <Part id='password' title={word('password')}>
          <PasswordForm language={language} problem={problemOf('password')} email={user.email} />
        </Part>
        <Part id='sessions' title={T.sessions[language]}>
          <p class='muted'>{T.sessionsHint[language]}</p>
          <OwnSessions language={language} sessions={sessions} />
        </Part>
        <Part id='data' title={T.data[language]}>
          <p>{T.dataHint[language]}</p>
          <p>
            <a class='button secondary' href={paths.accountPart('export')} download>{T.download[language]}</a>
          </p>
        </Part>
        <Part id='deletion' title={T.deletion[language]}>
          {isOperator
            ? <p>{T.operatorDeletion[language]}</p>
            : <Deletion language={language} problem={problemOf('deletion')} isOpen={refused?.part === 'deletion'} />}
        </Part>
      </div>
    </Document>
  )
}

function Part({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {children}
    </section>
  )
}

type FormProps = { language: Language; problem: Problem | undefined }

function Verification({ language, problem }: FormProps) {
  return (
    <>
      <ProblemNotice problem={problem} />
      <form method='post' action={paths.accountPart('verification')}>
        <p>{T.verifyHint[language]}</p>
        <button class='button' type='submit'>{T.resend[language]}</button>
      </form>
    </>
  )
}

function EmailForm({ language, problem, isOpen }: FormProps & { isOpen: boolean }) {
  return (
    <details open={isOpen}>
      <summary>{T.changeEmail[language]}</summary>
      <ProblemNotice problem={problem} />
      <form class='panel' method='post' action={paths.accountPart('email')}>
        <Field
          name='newEmail'
          label={T.newEmail[language]}
          hint={T.newEmailHint[language]}
          problem={problem}
          input={{ type: 'email', autocomplete: 'email', inputMode: 'email' }}
        />
        <PresentPassword name='emailPassword' language={language} problem={problem} />
        <button class='button secondary' type='submit'>{T.sendLink[language]}</button>
      </form>
    </details>
  )
}

/** The address is there for password managers. */
function PasswordForm({ language, problem, email }: FormProps & { email: string }) {
  return (
    <>
      <ProblemNotice problem={problem} />
      <form class='panel' method='post' action={paths.accountPart('password')}>
        <input type='hidden' name='username' autocomplete='username' value={email} />
        <PresentPassword name='currentPassword' language={language} problem={problem} />
        <NewPasswordField language={language} problem={problem} label={T.newPassword[language]} />
        <p class='hint'>{T.passwordHint[language]}</p>
        <button class='button secondary' type='submit'>{T.savePassword[language]}</button>
      </form>
    </>
  )
}

function Deletion({ language, problem, isOpen }: FormProps & { isOpen: boolean }) {
  return (
    <details open={isOpen}>
      <summary>{T.deletionStart[language]}</summary>
      <ProblemNotice problem={problem} />
      <form class='panel' method='post' action={paths.accountPart('deletion')}>
        <p>{T.deletionHint[language]}</p>
        <PresentPassword name='deletionPassword' language={language} problem={problem} />
        <button class='button danger' type='submit'>{T.deletionYes[language]}</button>
      </form>
    </details>
  )
}

function PresentPassword({ language, problem, name }: FormProps & { name: string }) {
  const input = { type: 'password', autocomplete: 'current-password' } as const
  return <Field name={name} label={T.presentPassword[language]} problem={problem} input={input} />
}
