import type { Language } from '../../edge/contract/language.ts'
import { paths, roomOfBooking } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { Document } from '../components/document.tsx'
import { EmailField, Field } from '../components/fields.tsx'
import { ProblemNotice } from '../components/notices.tsx'
import { VisitNotice } from '../components/visit-bar.tsx'
import { words } from '../text.ts'

type LoginProps = { language: Language; next: string; email?: string; problem?: Problem }

export function LoginPage({ language, next, email = '', problem }: LoginProps) {
  const word = words(language)
  return (
    <Document language={language} title={word('login')} path={paths.login(next)}>
      <div class='narrow'>
        <h1>{word('login')}</h1>
        <VisitNotice language={language} room={roomOfBooking(next)} />
        <ProblemNotice problem={problem} />
        <form class='panel' method='post' action={paths.login()}>
          <input type='hidden' name='next' value={next} />
          <EmailField language={language} problem={problem} value={email} />
          <Field
            name='password'
            label={word('password')}
            problem={problem}
            input={{ type: 'password', autocomplete: 'current-password' }}
          />
          <button class='button wide' type='submit'>{word('login')}</button>
        </form>
        <p>
          <a href={paths.forgot}>{word('forgotPassword')}</a>
        </p>
        <p>
          {word('noAccount')} <a href={paths.signup(next)}>{word('signup')}</a>
        </p>
      </div>
    </Document>
  )
}
