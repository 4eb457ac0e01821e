import type { Language } from '../../edge/contract/language.ts'
import { paths, roomOfBooking } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { TERMS_VERSION } from '../../edge/contract/terms.ts'
import { Document } from '../components/document.tsx'
import { EmailField, FieldProblem, NewPasswordField, NicknameField } from '../components/fields.tsx'
import { ProblemNotice } from '../components/notices.tsx'
import { VisitNotice } from '../components/visit-bar.tsx'
import { words } from '../text.ts'

type SignupProps = {
  language: Language
  next: string
  email?: string
  nickname?: string
  hasConsent?: boolean
  problem?: Problem
}

export function SignupPage({ language, next, email = '', nickname = '', hasConsent = false, problem }: SignupProps) {
  const word = words(language)
  return (
    <Document language={language} title={word('signup')} path={paths.signup(next)}>
      <div class='narrow'>
        <h1>{word('signup')}</h1>
        <VisitNotice language={language} room={roomOfBooking(next)} />
        <ProblemNotice problem={problem} />
        <form class='panel' method='post' action={paths.signup()}>
          <input type='hidden' name='next' value={next} />
          <EmailField language={language} problem={problem} value={email} />
          <NewPasswordField language={language} problem={problem} />
          <NicknameField language={language} problem={problem} value={nickname} />
          <p class='consent'>
            <input id='terms' name='terms' type='checkbox' value={TERMS_VERSION} required checked={hasConsent} />
            <label for='terms'>{word('consent')}</label>
          </p>
          <p class='hint'>
            <a href={paths.terms} target='_blank'>{word('terms')}</a> ·{' '}
            <a href={paths.privacy} target='_blank'>{word('privacy')}</a>
          </p>
          <FieldProblem problem={problem} field='terms' />
          <button class='button wide' type='submit'>{word('signup')}</button>
        </form>
        <p>
          {word('haveAccount')} <a href={paths.login(next)}>{word('login')}</a>
        </p>
      </div>
    </Document>
  )
}
