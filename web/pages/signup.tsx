import type { Language } from '../../edge/contract/language.ts'
import { paths, roomOfBooking } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { Document } from '../components/document.tsx'
import { EmailField, Field } from '../components/fields.tsx'
import { ProblemNotice } from '../components/notices.tsx'
import { VisitNotice } from '../components/visit-bar.tsx'
import { words } from '../text.ts'

type SignupProps = { language: Language; next: string; email?: string; nickname?: string; problem?: Problem }

/**
 * The rules of `origin/accounts.ts`, as patterns that browsers check before they send the form. The password has no `maxLength`: browsers
 * would silently cut a longer one that is pasted.
 */
const PASSWORD = '.{8,128}'
const NICKNAME = '[가-힣a-zA-Z0-9]{2,10}'

export function SignupPage({ language, next, email = '', nickname = '', problem }: SignupProps) {
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
          <Field
            name='password'
            label={word('password')}
            hint={word('passwordHint')}
            problem={problem}
            input={{ type: 'password', pattern: PASSWORD, autocomplete: 'new-password' }}
          />
          <Field
            name='nickname'
            label={word('nickname')}
            hint={word('nicknameHint')}
            problem={problem}
            input={{ type: 'text', value: nickname, minLength: 2, maxLength: 10, pattern: NICKNAME, autocomplete: 'nickname' }}
          />
          <button class='button wide' type='submit'>{word('signup')}</button>
        </form>
        <p>
          {word('haveAccount')} <a href={paths.login(next)}>{word('login')}</a>
        </p>
      </div>
    </Document>
  )
}
